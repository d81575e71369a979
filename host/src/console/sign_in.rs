//! Signing in and out, and one's own password.

use http::header::SET_COOKIE;
use maud::html;
use plugin_api::{PersonId, Title};

use super::ask::{Ask, LANG_COOKIE};
use super::door::{Policy, Routes};
use super::house::House;
use super::pages::frame::{Frame, hidden_token};
use super::passwords::{Busy, digest, make_token, objection};
use super::reply::{Refusal, Reply};
use super::tries::Counted;
use super::visitor::{SESSION_COOKIE, SESSIONS, Via};
use crate::limits::PASSWORD_CHARS_MAX;
use crate::store::accounts::Password;

/// Cookie of a browser that somebody signed in with before: its tries are its own.
const BROWSER_COOKIE: &str = "__Host-browser";
const YEAR_S: u64 = 31_536_000;

pub(super) fn add(routes: &mut Routes) {
    routes.get("/sign-in", Policy::Anyone, show);
    routes.post("/sign-in", Policy::Anyone, sign_in);
    routes.post("/sign-out", Policy::NewPerson, sign_out);
    routes.get("/password", Policy::NewPerson, show_password);
    routes.post("/password", Policy::NewPerson, change_password);
    routes.post("/language", Policy::Anyone, choose_language);
}

fn show(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    if ask.visitor.person.is_some() {
        return Ok(Reply::see("/"));
    }
    Ok(sign_in_page(house, ask, None))
}

fn sign_in_page(house: &House, ask: &Ask, wrong: Option<&Title>) -> Reply {
    let next = ask.query("next").or(ask.field("next")).filter(|next| is_within(next)).unwrap_or("/");
    let frame = Frame::new(house, ask, &Title::new("登录", "Sign in"));
    frame.narrow(html! {
        h1 { (ask.words("登录", "Sign in")) }
        @if let Some(wrong) = wrong { p.bad role="alert" { (ask.lang.pick(wrong)) } }
        form method="post" action="/sign-in" {
            input type="hidden" name="next" value=(next);
            label for="name" { (ask.words("账号或姓名", "Account or name")) }
            input #name name="name" autocomplete="username" required autofocus maxlength="64" value=(ask.field("name").unwrap_or(""));
            label for="word" { (ask.words("密码", "Password")) }
            input #word name="password" type="password" autocomplete="current-password" required maxlength=(PASSWORD_CHARS_MAX);
            button.primary { (ask.words("登录", "Sign in")) }
        }
        p.quiet { (ask.words("忘记密码请找管理员重新设置。居民反映问题不需要账号。",
            "Ask the operator for a new password if you forgot yours. Residents need no account to report.")) }
    })
}

/// Whether an address leads to a page of this console and nowhere else.
fn is_within(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.contains(char::is_control)
}

fn sign_in(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let now_ms = house.wall.now_ms();
    let (name, password) = (ask.field("name").unwrap_or("").trim(), ask.field("password").unwrap_or(""));
    let person = person_of(house, name);
    let known = person.as_ref().map_or(name, |person| person.as_str()).to_lowercase();
    let browser = ask.cookie(BROWSER_COOKIE).filter(|browser| browser_of(house, ask, &known, browser));
    let by_name = match browser {
        Some(browser) => Counted::Browser(browser.to_owned(), known.clone()),
        None => Counted::Name(known.clone()),
    };
    let counted = [by_name, Counted::from(ask.from)];
    if let Err(seconds) = house.tries.count(&counted, now_ms) {
        let words = Title::new(
            format!("尝试太多，请 {seconds} 秒后再试"),
            format!("too many tries; again in {seconds} seconds"),
        );
        tracing::warn!(seconds, "Somebody tries to sign in too often.");
        return Ok(sign_in_page(house, ask, Some(&words))
            .status(429)
            .with(http::header::RETRY_AFTER, &seconds.to_string()));
    }
    let kept = person.as_ref().map(|person| house.accounts.password(person)).transpose()?.flatten();
    let kept = kept.filter(|kept| kept.until_ms.is_none_or(|until_ms| now_ms < until_ms));
    let fits = password.chars().count() <= PASSWORD_CHARS_MAX
        && house.passwords.check(password, kept.as_ref().map(|kept| kept.phc.as_str())).map_err(busy)?;
    let Some(person) = person.filter(|_| fits) else {
        tracing::info!("Somebody did not sign in.");
        let words = Title::new("账号或密码不对", "that account and password do not go together");
        return Ok(sign_in_page(house, ask, Some(&words)).status(401));
    };
    house.tries.forget(&counted);
    tracing::info!(person = person.as_str(), "Somebody signed in.");
    let next = ask.field("next").filter(|next| is_within(next)).unwrap_or("/");
    let reply = begin(house, &person, Reply::see(next))?;
    let browser = make_browser(house, &known);
    Ok(reply.with(
        SET_COOKIE,
        &format!("{BROWSER_COOKIE}={browser}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={YEAR_S}"),
    ))
}

/// A new session for somebody, its cookie with a reply.
fn begin(house: &House, person: &PersonId, reply: Reply) -> Result<Reply, Refusal> {
    let session = make_token();
    house.accounts.begin_session(&digest(&session), person, house.wall.now_ms(), SESSIONS)?;
    Ok(reply.with(SET_COOKIE, &format!("{SESSION_COOKIE}={session}; Path=/; Secure; HttpOnly; SameSite=Strict")))
}

/// Somebody of the directory, by id or by a name that only one has.
fn person_of(house: &House, name: &str) -> Option<PersonId> {
    house.in_force.get().config.directory.resolve_person(name).map(|person| person.id.clone())
}

/// What a browser is known by to be its owner's: bound to the name, and made with the district's secret.
fn make_browser(house: &House, name: &str) -> String {
    let nonce = make_token();
    let proof = house.prove(&format!("browser {nonce} {name}"));
    format!("{nonce}.{proof}")
}

fn browser_of(house: &House, _: &Ask, name: &str, browser: &str) -> bool {
    let Some((nonce, proof)) = browser.split_once('.') else { return false };
    house.is_proof(&format!("browser {nonce} {name}"), proof)
}

fn sign_out(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    if let Via::Session { digest, .. } = &ask.visitor.via {
        house.accounts.end_session(digest)?;
    }
    Ok(Reply::see("/")
        .with(SET_COOKIE, &format!("{SESSION_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")))
}

fn show_password(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    Ok(password_page(house, ask, None))
}

fn password_page(house: &House, ask: &Ask, wrong: Option<&Title>) -> Reply {
    let frame = Frame::new(house, ask, &Title::new("修改密码", "Change password"));
    let is_first = ask.visitor.must_choose();
    frame.narrow(html! {
        h1 { (ask.words("修改密码", "Change password")) }
        @if is_first { p { (ask.words("这是初始密码，请先换成自己的密码。", "This is a first password; choose your own to go on.")) } }
        @if let Some(wrong) = wrong { p.bad role="alert" { (ask.lang.pick(wrong)) } }
        form method="post" action="/password" {
            (hidden_token(ask))
            label for="old" { (ask.words("现在的密码", "Present password")) }
            input #old name="old" type="password" autocomplete="current-password" required maxlength=(PASSWORD_CHARS_MAX);
            label for="new" { (ask.words("新密码", "New password")) }
            input #new name="new" type="password" autocomplete="new-password" required maxlength=(PASSWORD_CHARS_MAX) aria-describedby="hint";
            p.quiet #hint { (ask.words("至少 8 个字，可以用一句好记的话。", "At least 8 characters; a sentence you remember is good.")) }
            label for="again" { (ask.words("再输一遍", "Once more")) }
            input #again name="again" type="password" autocomplete="new-password" required maxlength=(PASSWORD_CHARS_MAX);
            button.primary { (ask.words("保存", "Save")) }
        }
    })
}

fn change_password(house: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let Some(person) = ask.visitor.person.as_ref() else { return Err(Refusal::not_there()) };
    let (old, new) = (ask.field("old").unwrap_or(""), ask.field("new").unwrap_or(""));
    let counted = [Counted::Name(person.as_str().to_lowercase()), Counted::from(ask.from)];
    if let Err(seconds) = house.tries.count(&counted, house.wall.now_ms()) {
        return Err(Refusal::new(
            429,
            format!("尝试太多，请 {seconds} 秒后再试"),
            format!("too many tries; again in {seconds} seconds"),
        )
        .after(seconds));
    }
    let kept = house.accounts.password(person)?;
    let wrong = if !house.passwords.check(old, kept.as_ref().map(|kept| kept.phc.as_str())).map_err(busy)? {
        Some(Title::new("现在的密码不对", "the present password is another"))
    } else if new != ask.field("again").unwrap_or("") {
        Some(Title::new("两次输入的新密码不一样", "the two new passwords are not the same"))
    } else if new == old {
        Some(Title::new("新密码和现在的一样", "the new password is the present one"))
    } else {
        objection(new, &[person.as_str(), &ask.visitor.name])
    };
    if let Some(wrong) = wrong {
        return Ok(password_page(house, ask, Some(&wrong)).status(422));
    }
    house.tries.forget(&counted);
    let phc = house.passwords.hash(new).map_err(busy)?;
    house.accounts.set_password(person, &Password { phc, is_initial: false, until_ms: None })?;
    tracing::info!(person = person.as_str(), "Somebody changed their password.");
    // All sessions ended with the password before; this browser goes on with a new one.
    begin(house, person, Reply::see("/"))
}

fn choose_language(_: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let lang = if ask.field(LANG_COOKIE) == Some("en") { "en" } else { "zh" };
    let next = ask.field("next").filter(|next| is_within(next)).unwrap_or("/");
    Ok(Reply::see(next).with(
        SET_COOKIE,
        &format!("{LANG_COOKIE}={lang}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={YEAR_S}"),
    ))
}

fn busy(_: Busy) -> Refusal {
    Refusal::new(429, "登录的人太多，请稍后再试", "too many people sign in just now; try again in a moment").after(1)
}
