"""The polite, guarded HTTP client: many addresses in, one outcome for each."""

from pipeline.fetch.content import is_page
from pipeline.fetch.fetcher import Fetcher
from pipeline.fetch.outcomes import (
    Body,
    Disallowed,
    Failed,
    Fetched,
    NotModified,
    Outcome,
    Redirect,
    Request,
    Validators,
)
from pipeline.fetch.robots import RobotsCache, RobotsRules
from pipeline.fetch.settings import FetchSettings
from pipeline.fetch.urls import strip_credentials

__all__ = [
    "Body",
    "Disallowed",
    "Failed",
    "FetchSettings",
    "Fetched",
    "Fetcher",
    "NotModified",
    "Outcome",
    "Redirect",
    "Request",
    "RobotsCache",
    "RobotsRules",
    "Validators",
    "is_page",
    "strip_credentials",
]
