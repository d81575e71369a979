//! Help and usage errors in the reader's language.
//!
//! What a command or an argument is for stands once, beside it, as `English · 中文`; here one of the
//! two is chosen. Knows no command.

use std::ffi::OsString;
use std::fmt;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, Command, CommandFactory, Error};
use jiff::civil::DateTime;
use plugin_api::Title;

use super::Cli;
use super::error::Ended;
use super::screen::Screen;
use crate::lang::Lang;

/// Stands between the two languages of a help text.
const BETWEEN: &str = " · ";
/// Texts that clap brings along.
const CLAPS_OWN: [(&str, &str); 3] = [
    ("Print help", "显示帮助"),
    ("Print version", "显示版本"),
    ("Print this message or the help of the given subcommand(s)", "显示某个命令的帮助"),
];

/// A value that does not parse, said in both languages.
#[derive(Debug)]
pub(super) struct BadValue(pub Title);

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl std::error::Error for BadValue {}

/// A local time, to the minute or finer.
pub(super) fn parse_time(text: &str) -> Result<DateTime, BadValue> {
    text.parse().map_err(|_| {
        BadValue(Title::new(
            "要写成 年-月-日T时:分，例如 2026-03-02T09:00",
            "expected a date and a local time, such as 2026-03-02T09:00",
        ))
    })
}

/// How to print, known before anything is parsed: usage errors have a language too.
pub(super) fn screen(args: &[OsString]) -> Screen {
    let words: Vec<&str> = args.iter().skip(1).filter_map(|arg| arg.to_str()).take_while(|arg| *arg != "--").collect();
    let lang = words.iter().enumerate().find_map(|(at, word)| match *word {
        "--lang" => words.get(at + 1).copied(),
        other => other.strip_prefix("--lang="),
    });
    let lang = match lang {
        Some("zh") => Some(Lang::Zh),
        Some("en") => Some(Lang::En),
        _ => None,
    };
    Screen::new(words.contains(&"--json"), lang)
}

/// Parses the arguments.
pub(super) fn parse(args: &[OsString], lang: Lang) -> Result<ArgMatches, Error> {
    let mut command = localized(Cli::command(), lang);
    command.build();
    // Once more, for what clap has added.
    localized(command, lang).try_get_matches_from(args)
}

/// Prints help or the version, which are no errors, or what is wrong with the arguments; gives the
/// exit code.
pub(super) fn tell(error: &Error, screen: Screen) -> u8 {
    if !error.use_stderr() {
        // Whoever reads has seen enough, as `head` does.
        let _ = error.print();
        return 0;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return Ended::wrong(Title::new("还没有写要做什么", "a command is missing")).tell(screen);
    }
    let en = error.render().to_string();
    let (said, rest) = en.split_once("\n\n").unwrap_or((&en, ""));
    let said = said.strip_prefix("error: ").unwrap_or(said);
    let said: Vec<&str> = said.lines().map(str::trim).collect();
    let words = Title::new(zh(error), said.join(" "));
    let code = Ended::wrong(words).tell(screen);
    let rest = match screen.lang {
        Lang::En => rest.trim_end().to_owned(),
        Lang::Zh => rest_zh(error),
    };
    eprintln!("\n{rest}");
    code
}

/// The command with its help in one language.
fn localized(mut command: Command, lang: Lang) -> Command {
    for part in command.get_subcommands_mut() {
        *part = localized(std::mem::take(part), lang);
    }
    let about = command.get_about().map(|about| picked(&about.to_string(), lang));
    if let Some(about) = about {
        command = command.about(about);
    }
    if lang == Lang::Zh {
        let template = template_zh(&command);
        command = command.help_template(template).subcommand_value_name("命令");
    }
    command.mut_args(|arg| localized_arg(arg, lang))
}

/// clap's own headings are English.
fn template_zh(command: &Command) -> String {
    let mut template = "{about-with-newline}\n用法：{usage}\n\n".to_owned();
    if command.get_positionals().next().is_some() {
        template.push_str("参数：\n{positionals}\n\n");
    }
    if command.has_subcommands() {
        template.push_str("命令：\n{subcommands}\n\n");
    }
    template + "选项：\n{options}"
}

fn localized_arg(arg: Arg, lang: Lang) -> Arg {
    let mut help = arg.get_help().map(|help| picked(&help.to_string(), lang)).unwrap_or_default();
    let takes_value = arg.get_action().takes_values();
    let is_told = arg.is_hide_default_value_set() || !takes_value;
    let values = |values: Vec<String>| Some(values).filter(|values| !is_told && !values.is_empty());
    let possible = values(arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect());
    let default = values(arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect());
    let told = [
        possible.map(|all| Title::new(format!("（可用：{}）", all.join("、")), format!(" [{}]", all.join(", ")))),
        default
            .map(|all| Title::new(format!("（不写就是 {}）", all.join(" ")), format!(" [default: {}]", all.join(" ")))),
    ];
    for told in told.into_iter().flatten() {
        help.push_str(if lang == Lang::Zh { &told.zh } else { &told.en });
    }
    arg.help(help).hide_default_value(takes_value).hide_possible_values(takes_value)
}

fn picked(text: &str, lang: Lang) -> String {
    let own = CLAPS_OWN.iter().find(|(en, _)| *en == text);
    let (en, zh) = own.copied().or_else(|| text.split_once(BETWEEN)).unwrap_or((text, text));
    match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    }
}

/// What is wrong, in Chinese.
fn zh(error: &Error) -> String {
    let told = |kind: ContextKind| error.get(kind).map(listed).unwrap_or_default();
    let (arg, value) = (told(ContextKind::InvalidArg), told(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::UnknownArgument => format!("没有“{arg}”这个参数{}", suggested(error, ContextKind::SuggestedArg)),
        ErrorKind::InvalidSubcommand => {
            let name = told(ContextKind::InvalidSubcommand);
            format!("没有“{name}”这个命令{}", suggested(error, ContextKind::SuggestedSubcommand))
        }
        ErrorKind::MissingSubcommand => {
            format!("还要写出哪个命令；有：{}", told(ContextKind::ValidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("缺少：{arg}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("“{arg}”后面要有值"),
        ErrorKind::InvalidValue => {
            format!("“{value}”不能用作 {arg}；可用：{}", told(ContextKind::ValidValue))
        }
        ErrorKind::ValueValidation => {
            let source = std::error::Error::source(error);
            let why =
                source.and_then(|why| why.downcast_ref::<BadValue>()).map(|BadValue(why)| format!("：{}", why.zh));
            format!("“{value}”不能用作 {arg}{}", why.unwrap_or_default())
        }
        ErrorKind::ArgumentConflict => {
            let other = told(ContextKind::PriorArg);
            if other.is_empty() || other == arg {
                format!("“{arg}”只能写一次")
            } else {
                format!("“{arg}”不能与“{other}”同时使用")
            }
        }
        ErrorKind::TooManyValues => format!("“{arg}”后面多了“{value}”"),
        ErrorKind::NoEquals => format!("“{arg}”与值之间要有等号"),
        ErrorKind::InvalidUtf8 => "参数不是 UTF-8 文字".to_owned(),
        other => format!("参数不对（{other}）"),
    }
}

fn rest_zh(error: &Error) -> String {
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    let usage = usage.trim().trim_start_matches("Usage:").trim();
    let usage = if usage.is_empty() { String::new() } else { format!("用法：{usage}\n\n") };
    format!("{usage}加 --help 看全部参数。")
}

fn suggested(error: &Error, kind: ContextKind) -> String {
    error.get(kind).map(|near| format!("；是不是“{}”？", listed(near))).unwrap_or_default()
}

fn listed(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(all) => all.join("、"),
        ContextValue::StyledStrs(all) => all.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{BETWEEN, CLAPS_OWN};
    use crate::cli::Cli;
    use clap::{Command, CommandFactory};

    fn check(command: &Command, missing: &mut Vec<String>) {
        let is_both = |help: &str| help.contains(BETWEEN) || CLAPS_OWN.iter().any(|(en, _)| help.starts_with(en));
        let mut look = |what: &str, help: Option<String>| {
            if !help.is_some_and(|help| is_both(&help)) {
                missing.push(format!("{} {what}", command.get_name()));
            }
        };
        look("", command.get_about().map(ToString::to_string));
        for arg in command.get_arguments() {
            look(arg.get_id().as_str(), arg.get_help().map(ToString::to_string));
        }
        command.get_subcommands().for_each(|part| check(part, missing));
    }

    #[test]
    fn every_help_is_in_both_languages() {
        let mut command = Cli::command();
        command.build();
        let mut missing = Vec::new();
        check(&command, &mut missing);
        assert_eq!(missing, [""; 0]);
    }
}
