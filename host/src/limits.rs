//! Every maximum of the host, in one place (I12). `hongling status` prints them.

mod files;

pub use files::{
    FILE_UNCLAIMED_MS, FILES_BYTES_MAX, FORM_FILES_BYTES_MAX, FORM_FILES_MAX, FORM_FILES_MS_MAX, FORMS_WITH_FILES_MAX,
    PICTURE_BYTES_MAX, PICTURE_MEMORY_BYTES, PICTURE_MS_MAX, PICTURE_PIXELS_MAX, PICTURE_SHOWN_PIXELS,
    PICTURE_SIDE_MAX, PICTURE_SMALL_PIXELS, PICTURE_WAIT_MS_MAX, PICTURES_AT_ONCE, PICTURES_TRIES,
};
pub use plugin_api::ledger::{ACCOUNT_OF_BYTES_MAX, MEMO_CHARS_MAX, TRANSFER_KEY_BYTES_MAX};
use plugin_api::{Budget, Title};

use crate::config::{CONFIG_FILES_MAX, CONFIG_TABLE_BYTES_MAX, CONFIG_TOML_BYTES_MAX};
use crate::plugins::{
    FILE_BYTES_MAX, MANIFEST_BYTES_MAX, MANIFEST_DEPTH_MAX, MANIFEST_ENTRIES_MAX, MANIFEST_KEY_BYTES_MAX,
    MANIFEST_TEXT_CHARS_MAX,
};

/// Effects of one step.
pub const EFFECTS_MAX: usize = 1_000;
/// Bytes of one step's answer.
pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Steps that one input may lead to.
pub const HOPS_MAX: usize = 64;
/// Steps of one batch.
pub const BATCH_STEPS_MAX: usize = 256;
/// Time a batch collects before it is committed.
pub const BATCH_MS_MAX: u64 = 5;
/// Steps between two checkpoints of the store.
pub const CHECKPOINT_STEPS: usize = 32_768;
/// Bytes of one action's form, as JSON.
pub const FORM_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a record's key.
pub const RECORD_KEY_BYTES_MAX: usize = 256;
/// People who follow one matter.
pub const FOLLOWERS_MAX: usize = 200;
/// Links that people give one matter.
pub const LINKS_MAX: usize = 200;
/// Bytes of an idempotency key.
pub const KEY_BYTES_MAX: usize = 200;
/// Characters of a matter's title.
pub const TITLE_CHARS_MAX: usize = 200;
/// Matters, events or records of one answer to a desk.
pub const PAGE_MAX: u32 = 500;
/// Minutes of one clock: ten years.
pub const CLOCK_MINUTES_MAX: u32 = Budget::MINUTES_MAX;
/// Minutes of working time of one clock.
pub const CLOCK_WORKMINUTES_MAX: u32 = Budget::WORKMINUTES_MAX;
/// Workdays of one clock.
pub const CLOCK_WORKDAYS_MAX: u32 = Budget::WORKDAYS_MAX;
/// First year a calendar may cover, and a clock may run to.
pub const CALENDAR_YEAR_MIN: i16 = Budget::YEAR_MIN;
/// Last year a calendar may cover, and a clock may run to.
pub const CALENDAR_YEAR_MAX: i16 = Budget::YEAR_MAX;
/// Spans of working hours in a day.
pub const DAY_SPANS_MAX: usize = 8;
/// Rows of one imported table.
pub const TABLE_ROWS_MAX: usize = 1_000_000;
/// Bytes of one imported table.
pub const TABLE_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Deaths of the process in one step, after which the step is parked.
pub const DEATHS_MAX: u32 = 3;
/// Time one call in this process may take before the watchdog ends the process.
pub const CALL_MS_MAX: u64 = 30_000;
/// Days that one tick turns an exercise's clock.
pub const TICK_DAYS_MAX: i64 = 400;
/// Waits before each further try of a failed step; after the last it is parked.
pub const RETRY_WAITS_MS: [i64; 4] = [1_000, 10_000, 60_000, 600_000];
/// Inputs waiting for the engine.
pub const QUEUE_MAX: usize = 1_024;
/// Bytes of a file of the district folder that a backup takes along.
pub const BACKUP_FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Files of the district folder that a backup takes along.
pub const BACKUP_FILES_MAX: usize = 10_000;
/// Wait before clocks are tried again on a disk that took nothing.
pub const STORE_WAIT_MS: i64 = 1_000;
/// Totals of one answer to a desk.
pub const TOTALS_MAX: usize = 5_000;
/// Accounts whose transfers one answer lists.
pub const TRANSFER_ACCOUNTS_MAX: usize = 1_000;
/// Amounts that one statement adds up.
pub const AMOUNTS_MAX: usize = 20_000;
/// Amounts that are added up as of one instant.
pub const AMOUNTS_AT_ONCE_MAX: usize = 100_000;
/// Jobs that are not done.
pub const JOBS_MAX: usize = 10_000;
/// Time one question of a job may take; longer is logged.
pub const QUESTION_MS_MAX: u64 = 250;
/// Matters that one statement looks through, for a desk or a list.
pub const SCAN_MATTERS_MAX: u64 = 8_192;
/// Rows of the journal that one read verifies or writes out.
pub const SEALED_ROWS_MAX: u64 = 500;
/// Bytes of their words, if more than one row has some.
pub const SEALED_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Transfers or accounts that one read adds up for an audit.
pub const LEDGER_ROWS_MAX: usize = 10_000;
/// Misfits that an audit names; more are only counted.
pub const MISFITS_SHOWN_MAX: usize = 20;
/// Misfits that an audit remembers until the first of them are known.
pub const MISFITS_MAX: usize = 10_000;
/// Faults of the store's file that an audit names.
pub const FAULTS_MAX: u32 = 20;
/// Bytes of the list of hashes in a backup.
pub const SUMS_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Desks of a config.
pub const DESKS_MAX: usize = 1_000;
/// Places of a district.
pub const PLACES_MAX: usize = 200_000;
/// Units of a district.
pub const UNITS_MAX: usize = 5_000;
/// Appointments of people to roles.
pub const APPOINTMENTS_MAX: usize = 100_000;
/// Rows of who stands in for whom.
pub const DEPUTIES_MAX: usize = 10_000;
/// Files of one plugin folder that are looked at.
pub const FOLDER_FILES_MAX: usize = 10_000;
/// Time one read of the store may last before it lets go, where it can.
pub const READ_MS_MAX: u64 = 100;
/// How far the machine's clock may lie behind the last input before somebody is told.
pub const CLOCK_BACK_MS: i64 = 2_000;
/// Outlets of a district.
pub const OUTLETS_MAX: usize = 20;
/// Notices of one step: one for each person and outlet.
pub const NOTICES_MAX: usize = 1_000;
/// Characters of a notice's title, and of a receipt; what is longer is cut.
pub const NOTICE_TITLE_CHARS_MAX: usize = 200;
/// Characters of a notice's text; what is longer is cut.
pub const NOTICE_TEXT_CHARS_MAX: usize = 2_000;
/// Waits before each further try of a notice that was not delivered; after the last it is parked. An
/// outside that is down over a night or a day costs no operator anything.
pub const NOTICE_WAITS_MS: [i64; 7] = [1_000, 10_000, 60_000, 600_000, 3_600_000, 21_600_000, 86_400_000];
/// Time one request, mail or file may take outside.
pub const OUTSIDE_MS_MAX: u64 = 30_000;
/// Bytes of one request or text for a file.
pub const OUTSIDE_BYTES_MAX: usize = 256 * 1024;
/// Bytes that are read of one answer.
pub const OUTSIDE_ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// Time that a command which ends gives to notices that are ready.
pub const SETTLE_MS_MAX: u64 = 15_000;
/// Pauses of one clock: each is kept with it.
pub const CLOCK_PAUSES_MAX: usize = 200;
/// Time one job may take in a process of its own.
pub const WORK_MS_MAX: u64 = 600_000;
/// Memory that a library in a process of its own may be given.
pub const WORKER_MEMORY_MIB_MAX: u64 = 4_096;
/// Memory without which none runs.
pub const WORKER_MEMORY_MIB_MIN: u64 = 16;
/// Steps that are sent ahead to an isolated desk.
pub const AHEAD_MAX: usize = 64;
/// Schedules of a district.
pub const SCHEDULES_MAX: usize = 500;
/// Missed times of one schedule that are made up for, the latest.
pub const SCHEDULE_MISSED_MAX: usize = 12;

/// Characters of a password that somebody chose.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// The same, at most.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// Tries to sign in, a minute, by a name and by an address.
pub const SIGN_IN_TRIES: usize = 5;
/// The while in which those are counted.
pub const SIGN_IN_MS: i64 = 60_000;
/// Reports without an account from one address in ten minutes: a community's counter may be one.
pub const REPORTS_TRIES: usize = 20;
/// Query codes from one address in ten minutes.
pub const CODE_TRIES: usize = 60;
/// The while in which those are counted.
pub const REPORTS_MS: i64 = 600_000;
/// Names and addresses whose tries are remembered.
pub const TRIED_MAX: usize = 10_000;
/// How long a session lasts that nobody uses.
pub const SESSION_IDLE_MS: i64 = 30 * 60_000;
/// How long a session lasts at all.
pub const SESSION_MS: i64 = 12 * 3_600_000;
/// How long a password that the host made may be used for the first time.
pub const INITIAL_PASSWORD_MS: i64 = 7 * 86_400_000;
/// Connections to the console at once.
pub const CONNECTIONS_MAX: usize = 2_000;
/// Requests that are worked on at once; more are told to come again.
pub const REQUESTS_MAX: usize = 256;
/// Time a request's head may take to come, and a connection may rest between two.
pub const HEAD_MS_MAX: u64 = 15_000;
/// Time a request's body may take to come.
pub const REQUEST_MS_MAX: u64 = 30_000;
/// Time an answer may wait for somebody to read on.
pub const READER_MS_MAX: u64 = 30_000;
/// Bytes of a request's head.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Bytes of a request's body, but for files.
pub const REQUEST_BYTES_MAX: usize = 512 * 1024;
/// Bytes of a table that is brought in through the console.
pub const UPLOAD_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Time requests have to end once the host is asked to stop.
pub const STOP_MS_MAX: u64 = 10_000;

const _: () = assert!(FORM_BYTES_MAX < REQUEST_BYTES_MAX, "a whole form comes through the console");
/// Ids of matters that are kept for who follows the store.
pub const TRAIL_IDS_MAX: usize = 65_536;
/// Matters that are written into the index at once.
pub const INDEX_MATTERS_MAX: u32 = 500;
/// Rows of the journal that the index takes at once.
pub const INDEX_ROWS_MAX: u64 = 2_000;
/// What one list or count may read of the index: about so many rows.
pub const INDEX_EFFORT_MAX: u32 = 120_000;
/// Matters that one list sorts.
pub const GATHERED_MAX: usize = 4_000;
/// Matters that are counted for a list's total.
pub const TOTAL_MAX: usize = 10_000;
/// Overdue matters that are told apart for a dashboard.
pub const OVERDUE_MAX: usize = 20_000;
/// Characters of a query that are looked for.
pub const SEARCH_CHARS_MAX: usize = 100;
/// Pairs, characters and words of a query that are looked for.
pub const SEARCH_TOKENS_MAX: usize = 40;
/// Characters of a word that are looked for.
pub const SEARCH_WORD_CHARS_MAX: usize = 40;
/// Characters of a matter's words that are found.
pub const SEARCH_TEXT_CHARS_MAX: usize = 20_000;
/// Matters that are held against a text for one that looks the same.
pub const SIMILAR_MAX: usize = 300;

const _: () = assert!(GATHERED_MAX <= TOTAL_MAX, "what is sorted whole is counted whole");
const _: () = assert!(HOPS_MAX < BATCH_STEPS_MAX, "one input fits into a batch");
const _: () = assert!(FORM_BYTES_MAX < ANSWER_BYTES_MAX, "a desk may repeat a whole form");
const _: () = assert!(AMOUNTS_MAX < AMOUNTS_AT_ONCE_MAX, "what is of one instant is several reads");
const _: () = assert!(READ_MS_MAX < QUESTION_MS_MAX, "a read lets go before it is too long");
/// Time a desk may take to open when a config is checked.
pub const OPEN_MS_MAX: u64 = 5_000;
/// Time one part of `plugin check` may take.
pub const TRY_SECONDS_MAX: u64 = 600;

const _: () = assert!(OUTSIDE_BYTES_MAX < ANSWER_BYTES_MAX, "a request crosses the border whole");
const _: () = assert!(BATCH_MS_MAX < CALL_MS_MAX, "the watchdog sees calls, not batches");

/// The limits by name, for people.
pub fn table() -> Vec<(Title, u64)> {
    let all =
        [of_work(), of_books_and_reads(), of_files(), of_notices(), of_index(), of_console(), files::named()].concat();
    all.into_iter().map(|(zh, en, most)| (Title::new(zh, en), most)).collect()
}

/// A limit in Chinese and English.
type Named = (&'static str, &'static str, u64);

fn of_work() -> Vec<Named> {
    vec![
        ("每步变更", "effects a step", EFFECTS_MAX as u64),
        ("每步答复字节", "answer bytes a step", ANSWER_BYTES_MAX as u64),
        ("每个输入引起的步骤", "hops an input", HOPS_MAX as u64),
        ("每批步骤", "steps a batch", BATCH_STEPS_MAX as u64),
        ("每批毫秒", "batch ms", BATCH_MS_MAX),
        ("两次检查点之间的步骤", "steps between checkpoints", CHECKPOINT_STEPS as u64),
        ("表单字节", "form bytes", FORM_BYTES_MAX as u64),
        ("台账编号字节", "record key bytes", RECORD_KEY_BYTES_MAX as u64),
        ("重复标识字节", "idempotency key bytes", KEY_BYTES_MAX as u64),
        ("题目字数", "title characters", TITLE_CHARS_MAX as u64),
        ("每次答复的行数", "rows an answer", u64::from(PAGE_MAX)),
        ("时限分钟", "clock minutes", u64::from(CLOCK_MINUTES_MAX)),
        ("时限工作分钟", "clock minutes of working time", u64::from(CLOCK_WORKMINUTES_MAX)),
        ("时限工作日", "clock workdays", u64::from(CLOCK_WORKDAYS_MAX)),
        ("日历最后一年", "last year of a calendar", u64::from(CALENDAR_YEAR_MAX.unsigned_abs())),
        ("每天工作时段", "working spans a day", DAY_SPANS_MAX as u64),
        ("导入表格行数", "table rows", TABLE_ROWS_MAX as u64),
        ("导入表格字节", "table bytes", TABLE_BYTES_MAX),
        ("每步致程序退出次数", "deaths a step", u64::from(DEATHS_MAX)),
        ("每次调用毫秒", "call ms", CALL_MS_MAX),
        ("隔离的后台任务毫秒", "ms of an isolated job", WORK_MS_MAX),
        ("提前送出的步骤", "steps sent ahead", AHEAD_MAX as u64),
        ("隔离进程内存 MiB", "MiB of an isolated desk", WORKER_MEMORY_MIB_MAX),
        ("每步尝试次数", "tries a step", RETRY_WAITS_MS.len() as u64 + 1),
        ("每次拨钟天数", "days a tick", TICK_DAYS_MAX.unsigned_abs()),
        ("排队的输入", "queued inputs", QUEUE_MAX as u64),
        ("备份中每个文件字节", "backup bytes a file", BACKUP_FILE_BYTES_MAX),
        ("备份中文件数", "backup files", BACKUP_FILES_MAX as u64),
        ("定时规则", "schedules", SCHEDULES_MAX as u64),
        ("每条定时规则补办次数", "missed times of a schedule made up for", SCHEDULE_MISSED_MAX as u64),
        ("磁盘拒绝后再试前毫秒", "ms before a disk that took nothing is tried again", STORE_WAIT_MS.unsigned_abs()),
    ]
}

fn of_books_and_reads() -> Vec<Named> {
    vec![
        ("每次答复的合计数", "totals an answer", TOTALS_MAX as u64),
        ("每次答复的账户数", "accounts an answer", TRANSFER_ACCOUNTS_MAX as u64),
        ("每次读取的金额", "amounts a read", AMOUNTS_MAX as u64),
        ("同一时点合计的金额", "amounts of one instant", AMOUNTS_AT_ONCE_MAX as u64),
        ("等待的后台任务", "waiting jobs", JOBS_MAX as u64),
        ("后台任务每问毫秒", "question ms of a job", QUESTION_MS_MAX),
        ("每次读取的事项", "matters a read", SCAN_MATTERS_MAX),
        ("记账编号字节", "transfer key bytes", TRANSFER_KEY_BYTES_MAX as u64),
        ("账户归属及分项字节", "account of or part bytes", ACCOUNT_OF_BYTES_MAX as u64),
        ("摘要字数", "memo characters", MEMO_CHARS_MAX as u64),
        ("时钟倒退多少毫秒就提示", "ms a clock may go back unsaid", CLOCK_BACK_MS.unsigned_abs()),
        ("每件事项关注的人", "followers a matter", FOLLOWERS_MAX as u64),
        ("每件事项人工关联", "links people give a matter", LINKS_MAX as u64),
        ("每个时限暂停次数", "pauses a clock", CLOCK_PAUSES_MAX as u64),
        ("每次读取毫秒", "ms a read", READ_MS_MAX),
        ("每次核对的存证行数", "journal rows an audit reads at once", SEALED_ROWS_MAX),
        ("每次核对的文字字节", "bytes of words an audit reads at once", SEALED_BYTES_MAX),
        ("每次核对的账目行数", "ledger rows an audit reads at once", LEDGER_ROWS_MAX as u64),
        ("核对列出的文件损坏", "faults of the file an audit names", u64::from(FAULTS_MAX)),
        ("核对列出的不符", "misfits an audit names", MISFITS_SHOWN_MAX as u64),
        ("核对记住的不符", "misfits an audit remembers", MISFITS_MAX as u64),
    ]
}

fn of_files() -> Vec<Named> {
    vec![
        ("备份校验清单字节", "bytes of a backup's list of hashes", SUMS_BYTES_MAX),
        ("配置文件数", "config files", CONFIG_FILES_MAX as u64),
        ("TOML 文件字节", "bytes of a TOML file", CONFIG_TOML_BYTES_MAX),
        ("配置表格字节", "bytes of a config table", CONFIG_TABLE_BYTES_MAX),
        ("业务台数", "desks", DESKS_MAX as u64),
        ("检查时打开业务台毫秒", "ms a desk may take to open in a check", OPEN_MS_MAX),
        ("检验一个库时每一项秒数", "s one part of the check of a library may take", TRY_SECONDS_MAX),
        ("区域数", "places", PLACES_MAX as u64),
        ("单位数", "units", UNITS_MAX as u64),
        ("任职数", "appointments", APPOINTMENTS_MAX as u64),
        ("代理数", "deputies", DEPUTIES_MAX as u64),
        ("插件目录文件数", "files of a plugin folder", FOLDER_FILES_MAX as u64),
        ("插件文件字节", "bytes of a library", FILE_BYTES_MAX),
        ("插件说明字节", "bytes of a plugin.toml", MANIFEST_BYTES_MAX as u64),
        ("插件说明嵌套层数", "tables within each other in a plugin.toml", MANIFEST_DEPTH_MAX as u64),
        ("插件说明每表项数", "entries of a table in a plugin.toml", MANIFEST_ENTRIES_MAX as u64),
        ("插件说明键字节", "bytes of a key in a plugin.toml", MANIFEST_KEY_BYTES_MAX as u64),
        ("插件说明每段字数", "characters of a text in a plugin.toml", MANIFEST_TEXT_CHARS_MAX as u64),
    ]
}

fn of_index() -> Vec<Named> {
    vec![
        ("等待索引的事项", "matters that wait for the index", TRAIL_IDS_MAX as u64),
        ("索引每次写入的事项", "matters the index writes at once", u64::from(INDEX_MATTERS_MAX)),
        ("索引每次读取的记录行数", "journal rows the index takes at once", INDEX_ROWS_MAX),
        ("每次列表读取的索引行数", "rows of the index a list reads, about", u64::from(INDEX_EFFORT_MAX)),
        ("每次列表排序的事项", "matters a list sorts", GATHERED_MAX as u64),
        ("列表总数最多数到", "matters a list's total counts", TOTAL_MAX as u64),
        ("看板区分的超期事项", "overdue matters a dashboard tells apart", OVERDUE_MAX as u64),
        ("检索词字数", "characters of a search", SEARCH_CHARS_MAX as u64),
        ("检索词拆分数", "parts of a search", SEARCH_TOKENS_MAX as u64),
        ("可检索单词字数", "characters of a word that is found", SEARCH_WORD_CHARS_MAX as u64),
        ("每件可检索字数", "characters of a matter that are found", SEARCH_TEXT_CHARS_MAX as u64),
        ("比对相似的事项", "matters compared for a similar one", SIMILAR_MAX as u64),
    ]
}

fn of_notices() -> Vec<Named> {
    vec![
        ("推送渠道", "outlets", OUTLETS_MAX as u64),
        ("每步消息", "notices a step", NOTICES_MAX as u64),
        ("消息标题字数", "notice title characters", NOTICE_TITLE_CHARS_MAX as u64),
        ("消息内容字数", "notice text characters", NOTICE_TEXT_CHARS_MAX as u64),
        ("每条消息尝试次数", "tries a notice", NOTICE_WAITS_MS.len() as u64 + 1),
        ("每次对外请求毫秒", "ms a request outside", OUTSIDE_MS_MAX),
        ("每次对外请求字节", "bytes a request outside", OUTSIDE_BYTES_MAX as u64),
        ("对外请求答复字节", "bytes an answer from outside", OUTSIDE_ANSWER_BYTES_MAX),
        ("命令结束前推送毫秒", "ms for notices at a command's end", SETTLE_MS_MAX),
    ]
}

fn of_console() -> Vec<Named> {
    vec![
        ("密码最少字数", "characters a password has at least", PASSWORD_CHARS_MIN as u64),
        ("密码最多字数", "characters of a password", PASSWORD_CHARS_MAX as u64),
        ("每分钟登录尝试", "tries to sign in a minute", SIGN_IN_TRIES as u64),
        ("每十分钟无账号上报", "reports without an account in ten minutes", REPORTS_TRIES as u64),
        ("每十分钟查询码尝试", "query codes in ten minutes", CODE_TRIES as u64),
        ("记住的登录尝试", "names and addresses whose tries are remembered", TRIED_MAX as u64),
        ("会话闲置毫秒", "ms a session rests", SESSION_IDLE_MS.unsigned_abs()),
        ("会话毫秒", "ms of a session", SESSION_MS.unsigned_abs()),
        ("初始密码毫秒", "ms an initial password is good", INITIAL_PASSWORD_MS.unsigned_abs()),
        ("网页连接", "connections to the console", CONNECTIONS_MAX as u64),
        ("同时处理的请求", "requests at once", REQUESTS_MAX as u64),
        ("请求头毫秒", "ms of a request's head", HEAD_MS_MAX),
        ("请求正文毫秒", "ms of a request's body", REQUEST_MS_MAX),
        ("等待读取答复毫秒", "ms an answer waits for its reader", READER_MS_MAX),
        ("请求头字节", "bytes of a request's head", HEAD_BYTES_MAX as u64),
        ("请求正文字节", "bytes of a request's body", REQUEST_BYTES_MAX as u64),
        ("上传表格字节", "bytes of an uploaded table", UPLOAD_BYTES_MAX as u64),
        ("停止时等待请求毫秒", "ms for requests when the host stops", STOP_MS_MAX),
    ]
}
