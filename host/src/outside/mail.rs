//! One mail, handed to the district's mail server.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{Error, SmtpTransport};
use lettre::{Address, Transport as _};
use plugin_api::Fault;
use plugin_api::outside::Mail;

use super::errands::{Kit, refused};
use super::veil::Into;
use crate::limits::OUTSIDE_MS_MAX;
use crate::outlet::{MailGrant, MailSecurity};

/// Sends it; gives what the server said.
pub(super) fn send(mail: &Mail, password: Option<&str>, kit: &Kit<'_>) -> Result<String, Fault> {
    let Some(grant) = &kit.grants.mail else {
        let desk = kit.desk;
        return Err(refused(
            &format!("没有授权业务台“{desk}”发邮件；要准许，写进 [desk.{desk}.grants] 的 mail"),
            &format!("desk {desk:?} is not granted mail; to grant it, name a server in [desk.{desk}.grants] mail"),
        ));
    };
    let message = build(mail, grant, kit)?;
    let timeout = Duration::from_millis(u64::from(mail.timeout_ms).clamp(1, OUTSIDE_MS_MAX));
    let mut transport =
        SmtpTransport::builder_dangerous(&grant.host).port(grant.port).tls(tls(grant)?).timeout(Some(timeout));
    if let (Some((account, _)), Some(password)) = (&grant.account, password) {
        transport = transport.credentials(Credentials::new(account.clone(), password.to_owned()));
    }
    match transport.build().send(&message) {
        Ok(response) => Ok(response.first_line().unwrap_or_default().to_owned()),
        Err(error) => Err(failed(&error)),
    }
}

fn tls(grant: &MailGrant) -> Result<Tls, Fault> {
    if grant.security == MailSecurity::Plain {
        return Ok(Tls::None);
    }
    let parameters = TlsParameters::new_rustls(grant.host.clone())
        .map_err(|_| Fault::failed("the system's certificates cannot be read"))?;
    Ok(if grant.security == MailSecurity::Tls { Tls::Wrapper(parameters) } else { Tls::Required(parameters) })
}

fn build(mail: &Mail, grant: &MailGrant, kit: &Kit<'_>) -> Result<Message, Fault> {
    let from: Mailbox = grant
        .from
        .parse()
        .map_err(|_| refused("发件人不是邮箱地址，见 mail-from", "`mail-from` is no mail address"))?;
    let to: Address = kit
        .veil
        .lift(&mail.to, Into::Plain)
        .parse()
        .map_err(|_| refused("收件人的邮箱地址不对", "the address of the person is none that takes mails"))?;
    let id = format!("<{}@{}>", mail.key, from.email.domain());
    let built = Message::builder()
        .from(from)
        .to(Mailbox::new(None, to))
        .subject(kit.veil.lift(&mail.subject, Into::Plain))
        .message_id(Some(id))
        .header(ContentType::TEXT_PLAIN)
        .body(kit.veil.lift(&mail.text, Into::Plain));
    built.map_err(|_| refused("邮件拼不成", "the mail cannot be put together"))
}

fn failed(error: &Error) -> Fault {
    if error.is_permanent() {
        let code = error.status().map(|code| code.to_string()).unwrap_or_default();
        return refused(
            &format!("邮件服务器不收这封邮件（{code}）"),
            &format!("the mail server does not take the mail ({code})"),
        );
    }
    let words = match error.status() {
        Some(code) => format!("the mail server asks to be tried again ({code})"),
        None if error.is_timeout() => "the mail server did not answer in time".to_owned(),
        None if error.is_tls() => "the mail server's certificate is not to be trusted".to_owned(),
        None => "the mail server cannot be reached".to_owned(),
    };
    Fault::Failed(words)
}
