"""Why a page was as it was."""
