"""A real Flink cluster on loopback addresses, for measuring; what it takes is in pom.xml and cluster.py."""
