//! Help and usage errors, in both languages.

use expect_test::expect;

use super::check;
use crate::story::Story;

#[test]
fn help_in_chinese() {
    check(
        &Story::new(),
        "--lang zh --help\nlist --lang=zh -h\n--lang zh plugin trust --help",
        expect![[r#"
            $ --lang zh --help
              红色物业工作平台：业务台是插件，事项按配置流转

              用法：hongling-under-test [OPTIONS] <命令>

              命令：
                demo     示例区：跑完几周的事项，给出汇总
                init     新建一个配置目录
                check    检查配置、业务台库和流转，列出全部问题
                run      启动，一直运行到停止
                import   批量导入表格，每行登记一件（UTF-8 或 GBK 的 CSV，或 XLSX）
                open     登记一件事项
                act      办理一项操作
                show     看一件事项和它的办理过程
                list     按条件列出事项
                view     看业务台的一项查询
                explain  说明事项为什么在那里，或某种记录会转到哪里
                status   运行情况、待办步骤和各项上限
                parked   列出没有办成、等待处理的步骤
                retry    把没有办成的步骤再试一次
                test     按配置里的测试走一遍，不动真实数据
                plan     看磁盘上的配置会改变什么
                replay   如果按另一套配置办，会有什么不同
                move     人工移交一件事项
                tick     拨动演练目录的时钟
                plugin   业务台库：查看、列出、信任、新建、检验
                bench    测量主机与裸数据库的速度之比
                audit    存证：核对、最新、导出
                person   以联系方式登记的人：删除
                backup   备份（可在运行中进行）
                restore  从备份恢复成一个新目录
                graph    画出业务台和流转
                help     显示某个命令的帮助

              选项：
                    --json         标准输出只有一个 JSON 值
                    --lang <LANG>  用哪种语言；不写就随系统（可用：zh、en）
                -h, --help         显示帮助
                -V, --version      显示版本
            $ list --lang=zh -h
              按条件列出事项

              用法：hongling-under-test list [OPTIONS] [DIR]

              参数：
                [DIR]  配置目录（不写就是 .）

              选项：
                    --desk <DESK>         在这个业务台的
                    --kind <KIND>         这一类的
                    --stage <STAGE>       在这个环节的
                    --status <STATUS>     open 在办、closed 已结案或 joined 已并入的
                    --place <PLACE>       在这个区域内的
                    --label <NAME=VALUE>  带这个标签的，名称=值；可写多个
                    --unrouted            只列没有流转规则适用的
                    --limit <LIMIT>       最多这么多件，新的在前；不写就是全部
                    --by <PERSON>         按此人能看到的来看
                    --json                标准输出只有一个 JSON 值
                    --lang <LANG>         用哪种语言；不写就随系统（可用：zh、en）
                -h, --help                显示帮助
            $ --lang zh plugin trust --help
              让一个库在主机进程里运行：认定的就是这份文件

              用法：hongling-under-test plugin trust [OPTIONS] <NAME> [DIR]

              参数：
                <NAME>  插件名称
                [DIR]   配置目录（不写就是 .）

              选项：
                    --by <PERSON>    由谁信任
                    --sha256 <HASH>  改认以前用过的一份，按其 SHA-256
                    --json           标准输出只有一个 JSON 值
                    --lang <LANG>    用哪种语言；不写就随系统（可用：zh、en）
                -h, --help           显示帮助
        "#]],
    );
}

#[test]
fn help_in_english() {
    check(
        &Story::new(),
        "--lang en --help\ninit --lang=en -h",
        expect![[r#"
            $ --lang en --help
              Runs a district's way of working: desks as plugins, matters routed by configuration

              Usage: hongling-under-test [OPTIONS] <COMMAND>

              Commands:
                demo     The example district: some weeks of matters run through, and a summary
                init     Write a new district folder
                check    Every problem in config, libraries and wiring
                run      Run the host
                import   Open a matter from every row of a table (CSV in UTF-8 or GBK, or XLSX)
                open     Open one matter
                act      Do an action
                show     A matter with its way so far
                list     Matters by filter
                view     A view of a desk
                explain  Why a matter is where it is, or where an event would go
                status   What runs, what waits, and the limits
                parked   Steps that failed and wait
                retry    One more try of a failed step
                test     The tests of the folder, on scratch stores
                plan     What the config on disk would change
                replay   What would have been different under another config
                move     Hand a matter over by hand
                tick     Turn the clock of an exercise folder
                plugin   Libraries: inspect, list, trust, write, check
                bench    Measure the host against its bare store
                audit    Seals: verify, the newest to keep, export
                person   People known by a contact: erase one
                backup   A consistent copy of everything, while the host runs
                restore  A backup as a new district folder
                graph    Desks and what leads from one to the next
                help     Print this message or the help of the given subcommand(s)

              Options:
                    --json         Print exactly one JSON value on stdout
                    --lang <LANG>  Language of messages; else that of the locale [zh, en]
                -h, --help         Print help
                -V, --version      Print version
            $ init --lang=en -h
              Write a new district folder

              Usage: hongling-under-test init [OPTIONS] <DIR>

              Arguments:
                <DIR>  The folder to make

              Options:
                    --exercise <TIME>  An exercise: its clock starts at this local time and only `tick` moves it
                    --from <WHAT>      With the example district's people, compounds and houses [demo]
                    --json             Print exactly one JSON value on stdout
                    --lang <LANG>      Language of messages; else that of the locale [zh, en]
                -h, --help             Print help
        "#]],
    );
}

#[test]
fn usage_errors_in_both_languages() {
    check(
        &Story::new(),
        "
--lang zh lst
--lang zh list --dsk x
--lang zh show
--lang zh list --status lost
--lang zh tick . --to tomorrow
--lang zh init new --exercise 9:00
--lang zh retry . abc
--lang zh view . council board --format pdf
--lang zh list --limit
--lang zh explain . --from council SQ2026-000001
--lang zh act . SQ2026-000001 agenda -f session
--lang en lst
--lang en show
--lang en list --status lost
--lang en tick . --to tomorrow
--lang en act . SQ2026-000001 agenda -f session
--lang en open . --form [1]
--lang zh open . --form [1]
",
        expect![[r#"
            $ --lang zh lst
            ! 没有“lst”这个命令；是不是“test、list”？
            !
            ! 用法：hongling-under-test [OPTIONS] <命令>
            !
            ! 加 --help 看全部参数。
            exit 2
            $ --lang zh list --dsk x
            ! 没有“--dsk”这个参数；是不是“--desk”？
            !
            ! 用法：hongling-under-test list --desk <DESK> [DIR]
            !
            ! 加 --help 看全部参数。
            exit 2
            $ --lang zh show
            ! 缺少：<DIR>、<NUMBER>
            !
            ! 用法：hongling-under-test show <DIR> <NUMBER>
            !
            ! 加 --help 看全部参数。
            exit 2
            $ --lang zh list --status lost
            ! “lost”不能用作 --status <STATUS>：有 open、closed 和 joined
            !
            ! 加 --help 看全部参数。
            exit 2
            $ --lang zh tick . --to tomorrow
            ! “tomorrow”不能用作 --to <TIME>：要写成 年-月-日T时:分，例如 2026-03-02T09:00
            !
            ! 加 --help 看全部参数。
            exit 2
            $ --lang zh init new --exercise 9:00
            ! “9:00”不能用作 --exercise <TIME>：要写成 年-月-日T时:分，例如 2026-03-02T09:00
            !
            ! 加 --help 看全部参数。
            exit 2
            $ --lang zh retry . abc
            ! 没有编号为 abc 的待处理步骤或消息；hongling parked 列出全部
            exit 1
            $ --lang zh view . council board --format pdf
            ! “pdf”不能用作 --format <FORMAT>；可用：table、json、csv、xlsx
            !
            ! 加 --help 看全部参数。
            exit 2
            $ --lang zh list --limit
            ! “--limit <LIMIT>”后面要有值
            !
            ! 加 --help 看全部参数。
            exit 2
            $ --lang zh explain . --from council SQ2026-000001
            ! 缺少：--event <TOPIC>
            !
            ! 用法：hongling-under-test explain --event <TOPIC> --from <FROM> <DIR> <NUMBER>
            !
            ! 加 --help 看全部参数。
            exit 2
            $ --lang zh act . SQ2026-000001 agenda -f session
            ! --field “session”要写成 名称=值
            exit 2
            $ --lang en lst
            ! unrecognized subcommand 'lst'
            !
            !   tip: some similar subcommands exist: 'test', 'list'
            !
            ! Usage: hongling-under-test [OPTIONS] <COMMAND>
            !
            ! For more information, try '--help'.
            exit 2
            $ --lang en show
            ! the following required arguments were not provided: <DIR> <NUMBER>
            !
            ! Usage: hongling-under-test show <DIR> <NUMBER>
            !
            ! For more information, try '--help'.
            exit 2
            $ --lang en list --status lost
            ! invalid value 'lost' for '--status <STATUS>': there are open, closed and joined
            !
            ! For more information, try '--help'.
            exit 2
            $ --lang en tick . --to tomorrow
            ! invalid value 'tomorrow' for '--to <TIME>': expected a date and a local time, such as 2026-03-02T09:00
            !
            ! For more information, try '--help'.
            exit 2
            $ --lang en act . SQ2026-000001 agenda -f session
            ! --field "session" is not NAME=VALUE
            exit 2
            $ --lang en open . --form [1]
            ! --form is not a JSON object such as {"title": "lamp out"}: invalid type: sequence, expected a map at line 1 column 0
            exit 2
            $ --lang zh open . --form [1]
            ! --form 不是 JSON 对象（例如 {"title": "路灯不亮"}）：invalid type: sequence, expected a map at line 1 column 0
            exit 2
        "#]],
    );
}
