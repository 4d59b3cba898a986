"""What is said where a picture was asked for and there is none."""

MISSING_SCOPE = (
    "There is no picture: Midwatch's Slack app lacks the scope files:write. Whoever manages the "
    "app adds it (config/slack-manifest.yaml has it) and installs the app again. The numbers are "
    "the same without it."
)
NOT_SHARED = "There is no picture: Slack does not take it. The numbers are the same without it."
NOT_DRAWN = (
    "There is no picture: the chart could not be drawn. The numbers are the same without it."
)
