"""Patches for what other packages lack or do wrong; all of them are here."""


def apply() -> None:
    """Check the stack and apply every patch; a second call changes nothing.

    Raises:
        ImportError: A package is missing or outside its range.
    """
    from .versions import check_versions
    check_versions()

    from .config_options import read_options_as_written
    from .config_text import format_once
    from .cpu_distributed import enable_cpu_launcher
    from .first_failure import share_failures
    from .http_paths import join_http_paths
    from .inferencer_scans import explain_unread_scans
    from .partial_checkpoint import keep_metadata_of_parts
    from .safe_loading import load_safely
    from .spconv_cpu import enable_spconv_on_cpu
    from .whole_files import write_whole
    from .whole_weights import load_whole
    enable_spconv_on_cpu()
    enable_cpu_launcher()
    # After the launcher for CPUs, which it wraps, too.
    share_failures()
    join_http_paths()
    explain_unread_scans()
    keep_metadata_of_parts()
    read_options_as_written()
    format_once()
    load_safely()
    load_whole()
    write_whole()
