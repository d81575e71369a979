//! Who asks: a person with a session, a program with a token, or nobody known.

use http::{HeaderMap, header};
use plugin_api::PersonId;
use subtle::ConstantTimeEq as _;

use super::ask::Ask;
use super::house::House;
use super::passwords::{digest, form_token};
use super::reply::Refusal;
use crate::limits::{SESSION_IDLE_MS, SESSION_MS};
use crate::store::accounts::SessionLimits;

/// Cookie of a session. The prefix makes browsers hold it to this host, this path and safe connections.
pub(super) const SESSION_COOKIE: &str = "__Host-session";
/// Field and header that a form of a session carries.
pub(super) const FORM_TOKEN: &str = "_token";
const FORM_TOKEN_HEADER: &str = "x-token";

/// How long sessions last.
pub(super) const SESSIONS: SessionLimits = SessionLimits { idle_ms: SESSION_IDLE_MS, whole_ms: SESSION_MS };

/// Who asks, and how that is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Visitor {
    /// Who.
    pub person: Option<PersonId>,
    /// Their name.
    pub name: String,
    pub via: Via,
}

/// How somebody is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Via {
    /// Not at all.
    #[default]
    Nothing,
    /// By a session.
    Session {
        /// What is kept of it.
        digest: [u8; 32],
        /// What its forms carry.
        form_token: String,
        /// The password is the host's: another must be chosen first.
        is_initial: bool,
    },
    /// By a token.
    Token {
        /// Whether it may change anything.
        may_act: bool,
    },
}

impl Visitor {
    /// Who asks by these headers. Somebody whom the directory no longer has is nobody, at once.
    pub fn find(house: &House, headers: &HeaderMap, cookie: Option<&str>) -> Result<Visitor, Refusal> {
        let now_ms = house.wall.now_ms();
        if let Some(given) = headers.get(header::AUTHORIZATION) {
            let token = given.to_str().ok().and_then(|given| given.strip_prefix("Bearer "));
            let found = token.map(|token| house.accounts.token(&digest(token.trim()), now_ms)).transpose()?.flatten();
            let found =
                found.ok_or_else(|| Refusal::new(401, "令牌无效或已过期", "the token is not known or has run out"))?;
            let visitor = Visitor::known(house, found.person, Via::Token { may_act: found.may_act });
            return visitor
                .ok_or_else(|| Refusal::new(401, "令牌无效或已过期", "the token is not known or has run out"));
        }
        let Some(session) = cookie else { return Ok(Visitor::default()) };
        let kept = digest(session);
        let Some(person) = house.accounts.use_session(&kept, now_ms, SESSIONS)? else { return Ok(Visitor::default()) };
        let is_initial = house.accounts.password(&person)?.is_some_and(|password| password.is_initial);
        let via = Via::Session { digest: kept, form_token: form_token(session), is_initial };
        Ok(Visitor::known(house, person, via).unwrap_or_default())
    }

    fn known(house: &House, person: PersonId, via: Via) -> Option<Visitor> {
        let running = house.in_force.get();
        let name = running.config.directory.person(&person)?.name.clone();
        Some(Visitor { person: Some(person), name, via })
    }

    /// What forms carry; nothing for who has no session.
    pub fn form_token(&self) -> Option<&str> {
        match &self.via {
            Via::Session { form_token, .. } => Some(form_token),
            Via::Nothing | Via::Token { .. } => None,
        }
    }

    /// Whether another password must be chosen before anything else.
    pub fn must_choose(&self) -> bool {
        matches!(self.via, Via::Session { is_initial: true, .. })
    }
}

/// Checks that what changes something was sent from a page of this console, or by a program with its
/// token: a page elsewhere can send forms, but neither hide where from nor know the session's token.
pub(super) fn check_origin(ask: &Ask) -> Result<(), Refusal> {
    if ask.method.is_safe() {
        return Ok(());
    }
    let refused = || {
        Refusal::new(
            403,
            "请求不是从本系统的页面发出的；请刷新页面再试",
            "this was not sent from a page of this console; reload the page and try again",
        )
    };
    if let Via::Token { may_act } = ask.visitor.via {
        let only_reads = || Refusal::new(403, "这个令牌只能查看", "this token may only read");
        return if may_act { Ok(()) } else { Err(only_reads()) };
    }
    let is_here = match (ask.header("sec-fetch-site"), ask.header(header::ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == ask.header(header::HOST)
        }
        (None, None) => false,
    };
    if !is_here {
        return Err(refused());
    }
    let Some(wanted) = ask.visitor.form_token() else { return Ok(()) };
    let given = ask.field(FORM_TOKEN).or_else(|| ask.header(FORM_TOKEN_HEADER)).unwrap_or("");
    if bool::from(given.as_bytes().ct_eq(wanted.as_bytes())) { Ok(()) } else { Err(refused()) }
}
