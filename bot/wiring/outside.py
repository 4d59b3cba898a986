"""The outside worlds: Twilio, Slack, and the hosts of the repositories."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from bot.channels.email import Email, MailServer
from bot.channels.slack_dm import SlackDirect
from bot.channels.sms import Sms
from bot.channels.twilio_channel import TwilioChannel, TwilioSettings
from bot.channels.voice import Voice
from bot.channels.webhook import Webhook
from bot.slack.client import new_session, slack_client
from bot.slack.http_guard import SlackEvents
from bot.slack.listeners import build_app
from bot.slack.messages import Messages
from bot.slack.socket_mode import run_socket
from bot.slack.thread import SlackChat
from bot.sources.github_api import GitHubSource
from bot.sources.gitlab_api import GitLabSource
from bot.triggers.gitlab import DeploymentApproval, ManualJob
from bot.triggers.protection_rule import ProtectionRule
from bot.triggers.webhook import SignedWebhook
from bot.triggers.workflow import WorkflowDispatch
from bot.wiring.parts import Midwatch, secret
from config import Config


def twilio(m: Midwatch) -> None:
    """Texts and calls, where its credentials are set."""
    settings = m.settings
    token = secret(settings.twilio_auth_token)
    if settings.twilio_account_sid is None or token is None:
        return
    account = TwilioSettings(
        account_sid=settings.twilio_account_sid,
        auth_tokens=(token, secret(settings.twilio_auth_token_next) or ""),
        sender="",
        public_url=settings.public_url or "",
        api_url=settings.twilio_api_url,
    )

    def phone_of(person: str) -> str | None:
        return m.config.people[person].phone if person in m.config.people else None

    if settings.twilio_from is not None:
        sms = Sms(replace(account, sender=settings.twilio_from), phone_of)
        m.channels["sms"] = sms
        _at_twilio(m, sms)
    if settings.twilio_call_from is not None:
        voice = Voice(replace(account, sender=settings.twilio_call_from), phone_of)
        m.channels["call"] = voice
        _at_twilio(m, voice)


def _at_twilio(m: Midwatch, channel: TwilioChannel) -> None:
    m.starters.append(channel.start)
    m.questions["twilio"] = channel.check
    m.closers.append(channel.close)


def email(m: Midwatch) -> None:
    """E-mail, where there is a server to hand it to."""
    url = secret(m.settings.smtp_url)
    if url is None or m.settings.mail_from is None:
        return
    m.channels["email"] = Email(
        MailServer.of(url),
        m.settings.mail_from,
        lambda person: m.config.people[person].email if person in m.config.people else None,
        m.clock,
    )


def webhook(m: Midwatch) -> None:
    """Signed webhooks, where there is a secret to sign them with."""
    settings = m.settings
    secrets = [
        secret(one) for one in (settings.page_webhook_secret, settings.page_webhook_secret_next)
    ]
    if secrets[0] is None:
        return
    channel = Webhook(
        [one for one in secrets if one],
        lambda person: m.config.people[person].webhook if person in m.config.people else None,
        m.clock,
    )
    m.channels["webhook"] = channel
    m.closers.append(channel.close)


def slack(m: Midwatch) -> None:
    """The thread, direct messages, and what people say there."""
    token = secret(m.settings.slack_bot_token)
    if token is None:
        return
    session = new_session()
    m.closers.append(session.close)
    client = slack_client(token, m.settings.slack_api_url, session=session)
    messages = Messages(client)
    m.questions["slack"] = messages.check
    m.chat = SlackChat(messages, lambda: _channel_names(m.config), lambda: m.engine.policy)
    m.channels["slack"] = SlackDirect(
        messages,
        lambda person: m.config.people[person].slack if person in m.config.people else None,
    )
    signing = secret(m.settings.slack_signing_secret)
    bolt, listeners = build_app(
        m.engine,
        m.chat,
        client,
        signing or "socket mode",
        m.counting,
        lambda person: m.sessions.calendar_link(person),
    )
    m.closers.append(listeners.background.close)
    if signing:
        m.routers.append(_slack_route(SlackEvents(bolt, signing)))
    app_token = secret(m.settings.slack_app_token)
    if app_token:
        m.listeners["slack socket"] = lambda: run_socket(
            bolt, app_token, client, lambda why: _told(m, "slack_socket", why)
        )


async def _told(m: Midwatch, part: str, why: str | None) -> None:
    """A part of ours works (None), or not and why."""
    if why is None:
        await m.troubles.worked(part)
    else:
        await m.troubles.failed(part, why, surely=True)


def _channel_names(config: Config) -> dict[str, str]:
    if config.slack is None:
        return {}
    named = {
        "incidents": config.slack.incidents,
        "support": config.slack.support,
        "releases": config.slack.releases,
        "digest": config.slack.digest,
    }
    return {name: channel for name, channel in named.items() if channel}


def _slack_route(events: SlackEvents) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.post("/slack/events")
    async def slack_events(request: Request) -> Response:
        return await events.handle(request)

    return routes


def triggers(m: Midwatch) -> None:
    """What a signature can set in motion, each where its secret is set."""
    settings = m.settings
    if token := secret(settings.github_token):
        workflow = WorkflowDispatch(
            token, lambda: m.engine.policy, m.clock, api_url=settings.github_api_url
        )
        m.triggers[workflow.kind] = workflow
        m.closers.append(workflow.close)
    if settings.github_app_id and (app_key := secret(settings.github_app_private_key)):
        rule = ProtectionRule(
            settings.github_app_id, app_key, m.clock, api_url=settings.github_api_url
        )
        m.triggers[rule.kind] = rule
        m.closers.append(rule.close)
    if token := secret(settings.gitlab_token):
        for kind in (ManualJob, DeploymentApproval):
            gitlab = kind(token, m.clock, api_url=settings.gitlab_api_url)
            m.triggers[gitlab.kind] = gitlab
            m.closers.append(gitlab.close)
    if key := secret(settings.release_webhook_secret):
        webhook = SignedWebhook(key, lambda: _signed_address(m.config), m.clock)
        m.triggers[webhook.kind] = webhook
        m.closers.append(webhook.close)


def _signed_address(config: Config) -> str | None:
    trigger = config.sign_off.trigger if config.sign_off else None
    return trigger.webhook if trigger else None


def repositories(m: Midwatch) -> None:
    """Sources that can be asked, each where its token is set."""
    settings = m.settings
    if token := secret(settings.github_token):
        github = GitHubSource(
            token, lambda: m.engine.policy, m.clock, api_url=settings.github_api_url
        )
        m.sources[github.name] = github
        m.closers.append(github.close)
    if token := secret(settings.gitlab_token):
        gitlab = GitLabSource(
            token, lambda: m.engine.policy, m.clock, api_url=settings.gitlab_api_url
        )
        m.sources[gitlab.name] = gitlab
        m.closers.append(gitlab.close)
