"""A filesystem of Beam that lives in memory, to test what works on more than local disks: `statetest://folder/name`."""

import io
from collections.abc import Iterator
from typing import Any

from apache_beam.io.filesystem import BeamIOError, CompressionTypes, FileMetadata, FileSystem


class _Upload(io.BytesIO):
    """Bytes that become a file when they are closed, as with object stores."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def close(self) -> None:
        if not self.closed:
            MemoryFileSystem.files[self._path] = self.getvalue()
        super().close()


class MemoryFileSystem(FileSystem):
    """Files by their path; there are no folders, only names with slashes."""

    files: dict[str, bytes] = {}  # noqa: RUF012 - the files of the process, as on a server

    @classmethod
    def scheme(cls) -> str:
        return "statetest"

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path: str) -> tuple[str, str]:
        head, _, tail = path.rpartition("/")
        return head, tail

    def mkdirs(self, path: str) -> None:
        return

    def has_dirs(self) -> bool:
        return False

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        for path, content in sorted(self.files.items()):
            if path.startswith(dir_or_prefix):
                yield FileMetadata(path, len(content))

    def create(
        self,
        path: str,
        mime_type: str = "application/octet-stream",
        compression_type: Any = CompressionTypes.AUTO,  # noqa: ANN401 - as in the base class
    ) -> Any:  # noqa: ANN401
        return _Upload(path)

    def open(
        self,
        path: str,
        mime_type: str = "application/octet-stream",
        compression_type: Any = CompressionTypes.AUTO,  # noqa: ANN401 - as in the base class
    ) -> Any:  # noqa: ANN401
        return io.BytesIO(self.files[path])

    def copy(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        raise NotImplementedError

    def rename(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        raise NotImplementedError

    def exists(self, path: str) -> bool:
        return path in self.files

    def size(self, path: str) -> int:
        return len(self.files[path])

    def last_updated(self, path: str) -> float:
        return 0.0

    def checksum(self, path: str) -> str:
        return str(hash(self.files[path]))

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, len(self.files[path]))

    def delete(self, paths: list[str]) -> None:
        missing = {path: KeyError(path) for path in paths if self.files.pop(path, None) is None}
        if missing:
            raise BeamIOError("delete", missing)
