//! Tables of tricky syntax: what is written, and its canonical form or its error.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use spl_core::error::{Result, Span};
use spl_core::expand::{Expanded, expand, explain};
use spl_core::knowledge::{Conf, Macro, Macros};
use spl_core::syntax::ast::{ExprKind, Pipeline, SearchExprKind, StageKind, TokenKind};
use spl_core::syntax::{Args, parse, parse_expr, parse_search_expr, print, print_expr, print_search_expr};
use spl_core::value::Value;
use spl_tests::tree::bare;

/// Each left side, parsed and printed, is the right side, which stays as it is when parsed and printed again.
fn check(table: &[(&str, &str)], round: impl Fn(&str) -> Result<String>) {
    for (text, expected) in table {
        let printed = round(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
        assert_eq!(&printed, expected, "from {text}");
        assert_eq!(
            &round(&printed).unwrap_or_else(|error| panic!("{printed}\n{error}")),
            expected,
            "again, from {text}"
        );
    }
}

/// Each text fails, with a message that holds the right side, at the characters under it.
fn check_errors<T: std::fmt::Debug>(table: &[(&str, &str, &str)], parse: impl Fn(&str) -> Result<T>) {
    for (text, place, message) in table {
        let error = parse(text).expect_err(text);
        assert!(error.message.contains(message), "{text}\n{error}");
        let span = error.span.unwrap_or_else(|| panic!("no place: {error}"));
        assert_eq!(text.get(span.range()), Some(*place), "{error}");
        assert!(error.text.is_some());
    }
}

#[test]
fn pipelines() {
    let round = |text: &str| parse(text).map(|pipeline| print(&pipeline));
    check(
        &[
            ("error | head 1", "search error | head 1"),
            ("  | STATS count by host", "| stats count by host"),
            ("search \"a | b\" c", "search \"a | b\" c"),
            ("SEARCH a|Head 5", "search a | head 5"),
            ("search=5 | head", "search search=5 | head"),
            ("searching | head", "search searching | head"),
            ("OR'- x", "search OR'- x"),
            ("| search x", "search x"),
            ("| stats```x```count", "| stats count"),
            ("a ```x | y``` b \"```\"", "search a b \"```\""),
            ("a\n\t| eval x=1,\n  y=2", "search a | eval x=1, y=2"),
            ("a \\\n| head 1", "search a | head 1"),
            (r"path=*\| | head", r"search path=*\| | head"),
            (r#"a=\"b\" c"#, r#"search a=\"b\" c"#),
            ("x [search y | return z]", "search x [search y | return z]"),
            ("x [| inputlookup t] ", "search x [| inputlookup t]"),
            ("x [index=y]", "search x [search index=y]"),
            ("x [a OR b]", "search x [search a OR b]"),
            ("| appendpipe [stats count]", "| appendpipe [| stats count]"),
            ("| append[|inputlookup t]", "| append[| inputlookup t]"),
            ("| rest/services/x count=0", "| rest/services/x count=0"),
            ("| sort- count", "| sort- count"),
            ("search don't stop | head", "search don't stop | head"),
            ("it's a dog's life", "search it's a dog's life"),
            ("'quoted \"x\"", "search 'quoted \"x\""),
            ("| where 'a|b'=1", "| where 'a|b'=1"),
            ("| eval x=foo\"bar\"", "| eval x=foo\"bar\""),
            ("| foreach a* [eval <<FIELD>>_x='<<FIELD>>'+1]", "| foreach a* [| eval <<FIELD>>_x='<<FIELD>>'+1]"),
            ("`m` | `n(a, \"b, c\")`", "search `m` | `n(a, \"b, c\")`"),
            ("| `m` x", "| `m` x"),
            ("| `outer(`inner(x)`, y)`", "| `outer(`inner(x)`, y)`"),
            ("| where x=\"`m`\"", "| where x=\"`m`\""),
            ("| $command$ x", "| $command$ x"),
            ("index=x\u{a0}error", "search index=x error"),
        ],
        round,
    );
}

#[test]
fn pipeline_errors() {
    check_errors(
        &[
            ("", "", "empty"),
            ("a | | b", "|", "between these pipes"),
            ("a |", "|", "nothing follows this pipe"),
            ("a \"b", "\"", "double quote is not closed"),
            ("| eval x='b", "'", "single quote is not closed"),
            ("a [search b", "[", "bracket is not closed"),
            ("a ] b", "]", "bracket was never opened"),
            ("a (b", "(", "parenthesis is not closed"),
            ("a b)", ")", "parenthesis was never opened"),
            ("a [search (b] )", "(", "parenthesis is not closed"),
            ("a `b", "`", "backquote is not closed"),
            ("a `b(c`", "`", "arguments of this macro are not closed"),
            ("a ```b", "```", "comment is not closed"),
            ("a | \"b\"", "\"b\"", "no command's name"),
            ("a []", "]", "subsearch is empty"),
        ],
        parse,
    );
}

#[test]
fn nesting_has_limits() {
    for open in ["[", "(", "((a OR ", "NOT ", "[search ", "`a("] {
        let text = open.repeat(20_000);
        assert!(parse(&text).is_err() || parse_search_expr(&text).is_err(), "{open}");
        assert!(parse_expr(&text).is_err(), "{open}");
        assert!(parse_search_expr(&text).is_err(), "{open}");
    }
    for open in ["-", "!", "f(", "a.", "1+", "if(a,b,"] {
        assert!(parse_expr(&format!("{}1", open.repeat(20_000))).is_err(), "{open}");
    }
    // What is just within the limits prints as something that is, too.
    for open in ["-", "!", "-!", "NOT ", "NOT -", "f(", "(1 NOT LIKE ", "1+(2.("] {
        let deep = |times: usize| format!("{}1{}", open.repeat(times), ")".repeat(times * open.matches('(').count()));
        let most = (1..200).rev().map(deep).find_map(|text| parse_expr(&text).ok()).unwrap();
        assert_eq!(bare(&parse_expr(&print_expr(&most)).unwrap()), bare(&most), "{open}");
    }
    let balanced = format!("{}a{}", "(".repeat(20_000), ")".repeat(20_000));
    assert!(parse_expr(&balanced).is_err() && parse_search_expr(&balanced).is_err());
    // wide is not deep
    let wide = vec!["a=1"; 20_000].join(" OR ");
    assert!(parse_expr(&wide).is_ok() && parse_search_expr(&wide).is_ok());
}

#[test]
fn expressions() {
    let round = |text: &str| parse_expr(text).map(|expr| print_expr(&expr));
    check(
        &[
            ("a+b*c", "a + b * c"),
            ("(a+b)*c", "(a + b) * c"),
            ("a-(b-c)", "a - (b - c)"),
            ("a.b.\"x\"", "a . b . \"x\""),
            ("a . b+c", "a . b + c"),
            ("1.5+.5+1e3+1E-2", "1.5 + .5 + 1e3 + 1E-2"),
            ("1-1", "1 - 1"),
            ("x-1", "x - 1"),
            ("-x*-2", "-x * -2"),
            ("+x", "x"),
            ("3 . 4", "3 . 4"),
            ("x.5", "x . 5"),
            ("a=1 or b=1 AND c==1 xor d", "a = 1 OR b = 1 AND c = 1 XOR d"),
            ("(a OR b) AND c", "(a OR b) AND c"),
            ("(a OR b) OR (c OR d)", "a OR b OR c OR d"),
            ("not a=1 and b", "NOT a = 1 AND b"),
            ("NOT (a AND b)", "NOT (a AND b)"),
            ("!a=b", "(NOT a) = b"),
            ("x like \"a%\"", "x LIKE \"a%\""),
            ("x NOT like \"a%\"", "x NOT LIKE \"a%\""),
            ("x in (1,2)", "x IN (1, 2)"),
            ("x NOT IN (1, y.z)", "x NOT IN (1, y . z)"),
            ("NOT x like y", "x NOT LIKE y"),
            ("x = 1 NOT LIKE y", "x = 1 NOT LIKE y"),
            ("!!!x", "NOT NOT NOT x"),
            ("-!-!x", "-(NOT -(NOT x))"),
            ("IN(x,1,2)", "x IN (1, 2)"),
            ("like(x, \"a\")", "like(x, \"a\")"),
            ("IF (isnull(x),true(),0)", "if(isnull(x), true(), 0)"),
            ("'a b'.'c{}.d'", "'a b' . 'c{}.d'"),
            ("a{}+b:c+@d+#e", "'a{}' + 'b:c' + '@d' + '#e'"),
            ("$tok.en$+1", "$tok.en$ + 1"),
            ("'$`$'.'$a b$'", "'$`$' . '$a b$'"),
            ("'<<FIELD>>'+<<FIELD>>", "'<<FIELD>>' + '<<FIELD>>'"),
            ("count_<<FIELD>>", "'count_<<FIELD>>'"),
            ("a<b", "a < b"),
            ("x%2", "x % 2"),
            (r#""\d\s\w\.\\\"\|""#, r#""\\d\\s\\w\\.\\\"|""#),
            (r#"replace(x, "a\|b", "c\|")"#, r#"replace(x, "a\\|b", "c|")"#),
            (r#""a\tb\nc""#, r#""a\tb\nc""#),
            ("\"a\nb\"", r#""a\nb""#),
            ("[search x | return $y]*2", "[search x | return $y] * 2"),
            ("1+`m(a)`", "1 + `m(a)`"),
            (r"`m(a\ ,b\\,c\ )`", r"`m(a\ , b\\, c\ )`"),
            ("f(a=b, -1)", "f(a = b, -1)"),
            ("'and'", "'and'"),
            ("null", "null"),
            ("größe>1", "größe > 1"),
        ],
        round,
    );
}

#[test]
fn expression_values() {
    let kind = |text: &str| parse_expr(text).unwrap().kind;
    assert_eq!(kind("7.0"), ExprKind::Number(7.0, "7.0".into()));
    assert_eq!(kind(r#""C:\\windows\temp""#), ExprKind::Text("C:\\windows\temp".into()));
    assert_eq!(kind(r#""\\d""#), ExprKind::Text(r"\d".into()));
    assert_eq!(kind("'a b'"), ExprKind::Field("a b".into()));
}

#[test]
fn expression_errors() {
    check_errors(
        &[
            ("", "", "ends where a value should be"),
            ("a +", "", "ends where a value should be"),
            ("a b", "b", "where an operator or the end should be"),
            ("x$y'$", "'", "where an operator or the end should be"),
            ("a AND OR b", "OR", "where a value should be"),
            ("AND b", "AND", "where a value should be"),
            ("f(a b)", "b", "in the arguments of `f`"),
            ("f(a,)", ")", "where a value should be"),
            ("(a b)", "b", "where `)` or an operator should be"),
            ("24h", "24h", "where a value should be"),
            ("a ^ b", "^", "where an operator or the end should be"),
            ("x IN ()", "x IN ()", "list of IN is empty"),
            ("''", "''", "name is empty"),
            ("a | b", "|", "cannot stand here"),
            ("x = \\\"a\\\"", "\\", "where a value should be"),
        ],
        parse_expr,
    );
}

#[test]
fn search_expressions() {
    let round = |text: &str| parse_search_expr(text).map(|expr| print_search_expr(&expr));
    check(
        &[
            ("", ""),
            ("a=1 b=2", "a=1 AND b=2"),
            ("x=1 y=1 OR z=1", "x=1 AND (y=1 OR z=1)"),
            ("a AND b OR c AND d", "a AND (b OR c) AND d"),
            ("(a b) c", "a AND b AND c"),
            ("NOT a=1 b=1", "NOT a=1 AND b=1"),
            ("NOT (a OR b)", "NOT (a OR b)"),
            ("NOT NOT a", "NOT NOT a"),
            ("NOT( )", "NOT ()"),
            ("'a,'b'>!'>c", "'a AND \"b\"> !'>c"),
            ("a or b", "a AND or AND b"),
            (r#"SourceImage = "*\\rundll32.exe""#, r#"SourceImage="*\\rundll32.exe""#),
            (r#"Image="*\rundll32.exe""#, r#"Image="*\\rundll32.exe""#),
            (r"Image=*\\x.exe", r"Image=*\\x.exe"),
            (r"path=C:\x\* y", r"path=C:\\x\\* AND y"),
            ("ip=10.0.0.0/8 u=user@x t=a-b n=-5", "ip=10.0.0.0/8 AND u=user@x AND t=a-b AND n=-5"),
            ("a!=1 b>=2 c<3 d==4", "a!=1 AND b>=2 AND c<3 AND d=4"),
            ("x IN (a, \"b c\",d* e)", "x IN (a, \"b c\", d*, e)"),
            ("x in (a)", "x IN (a)"),
            ("NOT x IN(a)", "NOT x IN (a)"),
            ("f=(a OR \"b\")", "f=a OR f=\"b\""),
            ("TERM(10.1.2.3) CASE(ERROR) f=CASE(x)", "TERM(10.1.2.3) AND CASE(ERROR) AND f=CASE(x)"),
            ("TERM(user=admin)", "TERM(user=admin)"),
            ("earliest=-1d@d latest=now() index=x", "earliest=-1d@d AND latest=\"now()\" AND index=x"),
            ("earliest=\"10/27/2022:00:00:00\"", "earliest=10/27/2022:00:00:00"),
            ("starthoursago=2 startTime=3", "starthoursago=2 AND startTime=3"),
            ("\"a b\"=1 a{}.b=1 'field name'=2", "\"a b\"=1 AND a{}.b=1 AND \"field name\"=2"),
            ("tag::host=x eventtype=y", "tag::host=x AND eventtype=y"),
            ("user=$user$ TargetUserName=*$", "user=$user$ AND TargetUserName=*$"),
            ("url=http://a/b?x=1&y=2", "url=http://a/b?x=1&y=2"),
            ("don't worry!", "don't AND worry!"),
            ("a=it's", "a=it's"),
            ("a='b c'", "a='b AND c'"),
            ("error \"AND\" country=\"IN\"", "error AND \"AND\" AND country=\"IN\""),
            ("index=a, sourcetype=b", "index=a AND sourcetype=b"),
            ("f=\"\"", "f=\"\""),
            ("f=<unknown>", "f= <unknown>"),
            ("[search x | fields y] `m`", "[search x | fields y] AND `m`"),
            ("f=[search x | return $y] g IN (`list`, b)", "f=[search x | return $y] AND g IN (`list`, b)"),
            ("( ( a=\"1\" AND b=\"x\" ) OR ( a=\"2\" ) )", "(a=\"1\" AND b=\"x\") OR a=\"2\""),
            ("NOT=1 made AND IN AND (a OR b)", "\"NOT\"=1 AND made AND IN AND (a OR b)"),
            (r"a=x\[1\]", r"a=x\[1\]"),
            ("Operation=%%14674 #x ~y ^z ;w", "Operation=%%14674 AND #x AND ~y AND ^z AND ;w"),
        ],
        round,
    );
}

#[test]
fn single_quotes_in_search_expressions_of_other_commands() {
    let search = stage(r"| tstats count where 'a b' c='d, e' f='g' -'i=j' TERM('x  [y]')");
    let mut args = Args::of(&search.stages[0]).unwrap();
    args.word();
    args.word();
    let expr = args.search_expr(&[]).unwrap();
    let printed = print_search_expr(&expr);
    assert_eq!(printed, r#""'a b'" AND c="'d, e'" AND f="'g'" AND "-'i=j'" AND TERM("'x  [y]'")"#);
    assert_eq!(bare(&parse_search_expr(&printed).unwrap()), bare(&expr));
}

#[test]
fn search_values() {
    let value = |text: &str| match parse_search_expr(text).unwrap().kind {
        SearchExprKind::Compare { value, .. } => value.text,
        other => panic!("{other:?}"),
    };
    assert_eq!(value(r#"a="x\\y""#), r"x\y");
    assert_eq!(value(r#"a="x\sy""#), r"x\sy");
    assert_eq!(value(r#"a="x\"y\|""#), "x\"y|");
    assert_eq!(value(r"a=*\\x"), r"*\x");
}

#[test]
fn search_expression_errors() {
    check_errors(
        &[
            ("a OR", "OR", "nothing follows this OR"),
            ("a AND", "AND", "nothing follows this AND"),
            ("OR a", "OR", "nothing stands before this OR"),
            ("AND a", "AND", "nothing stands before this AND"),
            ("a OR OR b", "OR", "nothing follows this OR"),
            ("a AND AND b", "AND", "nothing stands before this AND"),
            ("NOT", "NOT", "nothing follows this NOT"),
            ("a=", "=", "compared with nothing"),
            ("a= AND b", "=", "compared with nothing"),
            ("=b", "=", "no field on its left"),
            ("a IN ()", "(", "list of IN is empty"),
            ("a!=(b OR c)", "(", "only `=`"),
            ("a=()", "(", "compared with nothing"),
            ("a= >", "= >", "compared with an operator"),
            ("TERM()", "TERM()", "no word"),
        ],
        parse_search_expr,
    );
}

fn stage(text: &str) -> Pipeline {
    parse(text).unwrap()
}

#[test]
fn arguments() {
    let search = stage(r#"| x 5 DELIM = "," a "b c", 'd e',f* limit=3 WHERE y=1 OR z=2 by sum(q), r span=1h"#);
    let mut args = Args::of(&search.stages[0]).unwrap();
    assert_eq!(args.option("delim").unwrap().string().unwrap().as_deref(), Some(","));
    assert_eq!(args.option("limit").unwrap().count().unwrap(), Some(3));
    assert_eq!(args.option("span").unwrap().string().unwrap().as_deref(), Some("1h"));
    assert!(!args.option("none").unwrap().is_some());
    assert_eq!(args.int_if_any().map(|n| n.node), Some(5));
    let names = |fields: Vec<spl_core::error::Spanned<String>>| fields.into_iter().map(|f| f.node).collect::<Vec<_>>();
    assert_eq!(names(args.field_list(&["where", "by"]).unwrap()), ["a", "b c", "d e", "f*"]);
    args.expect_keyword("where").unwrap();
    assert_eq!(print_search_expr(&args.search_expr(&["by"]).unwrap()), "y=1 OR z=2");
    assert!(args.keyword("by"));
    assert_eq!(names(args.field_list(&[]).unwrap()), ["sum(q)", "r"]);
    args.end().unwrap();
}

#[test]
fn option_values() {
    let search = stage(
        "| transaction a startswith=eval(x>1) endswith=(b=1 OR c=2) maxspan=30s keepevicted=T mvlist=f url=/x?a=b in=[search z]",
    );
    let mut args = Args::of(&search.stages[0]).unwrap();
    assert_eq!(print_expr(&args.option("startswith").unwrap().expr().unwrap().unwrap()), "x > 1");
    assert_eq!(print_search_expr(&args.option("endswith").unwrap().search_expr().unwrap().unwrap()), "b=1 OR c=2");
    assert_eq!(args.option("keepevicted").unwrap().bool().unwrap(), Some(true));
    assert_eq!(args.option("mvlist").unwrap().bool().unwrap(), Some(false));
    assert_eq!(args.option("url").unwrap().string().unwrap().as_deref(), Some("/x?a=b"));
    assert!(args.option("in").unwrap().subsearch().unwrap().is_some());
    let error = args.option("maxspan").unwrap().int().unwrap_err();
    assert_eq!(error.message, "`maxspan` needs a whole number, not `30s`");
    assert_eq!(args.field().unwrap().node, "a");
    args.end().unwrap();
}

#[test]
fn assignments_and_groups() {
    let search = stage(r#"| eval a=1, "b c"=a.d , {x}_y='p q', k:v=f(a,b), count_<<FIELD>>=2"#);
    let mut args = Args::of(&search.stages[0]).unwrap();
    let mut all = Vec::new();
    loop {
        let (field, expr) = args.assignment().unwrap();
        all.push(format!("{}: {}", field.node, print_expr(&expr)));
        if !args.punct(",") {
            break;
        }
    }
    args.end().unwrap();
    assert_eq!(all, ["a: 1", "b c: a . d", "{x}_y: 'p q'", "k:v: f(a, b)", "count_<<FIELD>>: 2"]);

    let search = stage("| stats count(eval(a = 1)) AS n");
    let mut args = Args::of(&search.stages[0]).unwrap();
    let ((), text) = args
        .text_of(|args| {
            assert_eq!(args.word().map(|w| w.node), Some("count"));
            let mut inner = args.group().unwrap();
            assert!(inner.keyword("eval"));
            let mut group = inner.group().unwrap();
            assert_eq!(print_expr(&group.expr()?), "a = 1");
            group.end()?;
            inner.end()
        })
        .unwrap();
    assert_eq!(text, "count(eval(a = 1))");
    assert!(args.keyword("as"));
    assert_eq!(args.field().unwrap().node, "n");
}

#[test]
fn argument_errors() {
    let error = |text: &str, read: fn(&mut Args) -> Result<()>| {
        let search = stage(text);
        let error = read(&mut Args::of(&search.stages[0]).unwrap()).unwrap_err();
        let place = error.span.and_then(|span| text.get(span.range()).map(str::to_owned)).unwrap_or_default();
        (error.message, place, error.hint.unwrap_or_default())
    };
    let mvcombine = |args: &mut Args| {
        args.option("delim")?.string()?;
        args.field()?;
        args.end()
    };
    let own = |message: &str, place: &str, hint: &str| (message.to_owned(), place.to_owned(), hint.to_owned());
    assert_eq!(
        error("| mvcombine dlim=\",\" x", mvcombine),
        own("mvcombine has no option `dlim`", "dlim", "did you mean `delim`?")
    );
    assert_eq!(error("| mvcombine x color=1", mvcombine), own("mvcombine has no option `color`", "color", ""));
    assert_eq!(error("| mvcombine x y", mvcombine), own("mvcombine does not expect `y` here", "y", ""));
    assert_eq!(error("| mvcombine", mvcombine), own("mvcombine needs a field", "", ""));
    assert_eq!(error("| mvcombine delim=", mvcombine), own("a value is missing behind `=`", "=", ""));
    let bool = |args: &mut Args| args.option("keepempty")?.bool().map(drop);
    assert_eq!(
        error("| dedup keepempty=maybe", bool),
        own("`keepempty` needs true or false, not `maybe`", "maybe", "")
    );
    let mode = |args: &mut Args| args.option("mode")?.one_of(&["sed", "kv"]).map(drop);
    assert_eq!(error("| rex mode=sde", mode), own("`mode` cannot be `sde`", "sde", "did you mean `sed`?"));
    let join = |args: &mut Args| args.expect_subsearch().map(drop);
    assert_eq!(error("| join x", join).0, "join needs a subsearch here");
}

#[test]
fn spans_point_into_the_text() {
    let text = "a ```c``` \"b\\\"c\" | eval x = 1.5 + 'y z' [search é=1]";
    let search = parse(text).unwrap();
    let StageKind::Command { args, .. } = &search.stages[0].kind else { panic!() };
    let parts: Vec<_> = args.iter().map(|token| &text[token.span.range()]).collect();
    assert_eq!(parts, ["a", "\"b\\\"c\""]);
    assert_eq!(&text[search.stages[1].span.range()], "eval x = 1.5 + 'y z' [search é=1]");
    let StageKind::Command { args, .. } = &search.stages[1].kind else { panic!() };
    let Some(TokenKind::Subsearch(inner)) = args.last().map(|token| &token.kind) else { panic!() };
    assert_eq!(&text[inner.span.range()], "search é=1");
    let expr = parse_expr("a+bc . \"d\"").unwrap();
    let ExprKind::Binary(_, left, _) = expr.kind else { panic!() };
    assert_eq!(left.span, Span::new(0, 4));
}

fn macros() -> Macros {
    let mut macros = Macros::from_conf(
        r#"
[web]
definition = index=web `status(404)`
[status(1)]
args = code
definition = status=$code$
[status(2)]
args = from, to
definition = status>=$from$ status<=$to$
[quote(1)]
args = u
definition = user="$u$"
[loop]
definition = a `pool`
[pool]
definition = `loop`
[broken]
definition = | stts count
[outer]
definition = x `broken`
[checked(1)]
args = n
definition = head $n$
validation = isnum($n$)
errormsg = n must be a number
[computed(1)]
args = n
definition = if(n="1", "one", "many")
iseval = 1
[pipe]
definition = search a \
| head 1
"#,
    )
    .unwrap();
    macros.insert(Macro::new("id", &["x"], "$x$"));
    macros
}

fn expanded(text: &str) -> Result<Expanded> {
    expand(text, &macros(), &|expr, args| {
        let arg = args.first().map_or("", |(_, value)| value.as_str());
        Ok(match &expr.kind {
            ExprKind::Call(name, _) if name.node == "isnum" => Value::Bool(arg.parse::<f64>().is_ok()),
            _ => Value::str(if arg == "1" { "one" } else { "many" }),
        })
    })
}

#[test]
fn macros_expand() {
    for (text, expected) in [
        ("`web` x", "index=web status=404 x"),
        ("`status(1)` `status(1, 2)`", "status=1 status>=1 status<=2"),
        ("`status(to=9, from=3)`", "status>=3 status<=9"),
        ("`id(a=b)`", "a=b"),
        ("`id(f(a, b))`|`id(\"a, b\")`", "f(a, b)|a, b"),
        ("`quote(\"a b\")` `quote(\"say \\\"hi\\\"\")`", "user=\"a b\" user=\"say \"hi\"\""),
        ("`id(`status(`id(5)`)`)`", "status=5"),
        ("\"`web`\" x", "\"`web`\" x"),
        ("a ```not `this` one``` `id(b)`", "a ```not `this` one``` b"),
        ("`computed(1)` `computed(2)`", "one many"),
        ("| `checked(5)`", "| head 5"),
        ("`pipe`", "search a \n| head 1"),
        ("`web()`", "index=web status=404"),
        ("no macros", "no macros"),
    ] {
        assert_eq!(expanded(text).unwrap_or_else(|error| panic!("{text}: {error}")).text, expected);
    }
}

#[test]
fn macro_errors() {
    check_errors(
        &[
            ("a `wbe`", "`wbe`", "there is no macro `wbe`"),
            ("a `status(1,2,3)`", "`status(1,2,3)`", "macro `status` does not take 3 arguments"),
            ("`loop`", "`loop`", "calls itself"),
            ("`checked(x)`", "`checked(x)`", "macro `checked(1)` refuses its arguments: n must be a number"),
            ("a `web", "`", "backquote is not closed"),
        ],
        expanded,
    );
    let error = expanded("a `status`").unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("it takes 1 argument or 2 arguments"));
}

#[test]
fn errors_in_macros_point_at_the_search() {
    let text = "index=x `outer` y";
    let Expanded { text: long, map } = expanded(text).unwrap();
    assert_eq!(long, "index=x x | stts count y");
    let stage = parse(&long).unwrap().stages[1].span;
    let origin = map.locate(Span::new(stage.start as usize, stage.start as usize + 4));
    assert_eq!((origin.source.as_str(), &origin.text[origin.span.range()]), ("macro `broken`", "stts"));
    assert_eq!(origin.trail.len(), 2);
    let error = spl_core::error::Diagnostic::new(spl_core::error::ErrorKind::Unknown, "there is no command `stts`")
        .at(Span::new(stage.start as usize, stage.start as usize + 4))
        .hint("did you mean `stats`?");
    assert_eq!(
        explain(Box::new(error), &map).to_string(),
        "there is no command `stts`
  | index=x `outer` y
            ^^^^^^^ did you mean `stats`?
  macro `broken`:
  | | stts count
      ^^^^ this is the place
  macro `outer`:
  | x `broken`
      ^^^^^^^^ called here"
    );
    // what reaches over the macro's border is shown where both ends stand
    let origin = map.locate(stage);
    assert_eq!((origin.source.as_str(), &origin.text[origin.span.range()]), ("search", "`outer` y"));
    // an argument stands in the search
    let Expanded { map, .. } = expanded("`status( 404)` z").unwrap();
    let origin = map.locate(Span::new(7, 10));
    assert_eq!((origin.source.as_str(), &origin.text[origin.span.range()]), ("search", "404"));
}

#[test]
fn macro_bombs_are_refused() {
    let mut macros = Macros::default();
    macros.insert(Macro::new("a0", &[], ""));
    macros.insert(Macro::new("b0", &[], "x".repeat(1000)));
    for n in 1..90 {
        for kind in ["a", "b"] {
            macros.insert(Macro::new(format!("{kind}{n}"), &[], format!("`{kind}{}`", n - 1).repeat(10)));
        }
    }
    for n in 0..200 {
        macros.insert(Macro::new(format!("c{n}"), &[], format!("`c{}`", n + 1)));
    }
    for text in ["`a60`", "`b60`", "`c0`"] {
        let error = expand(text, &macros, &|_, _| Ok(Value::Null)).unwrap_err();
        assert_eq!(error.kind, spl_core::error::ErrorKind::Limit, "{error}");
    }
}

#[test]
fn conf_files() {
    let conf = Conf::parse(
        "\u{feff}a = 1\r\n[s]\r\n; note\nk = v = w\nlong = a \\\nb\\\n  c\nbad line\nk = last\n[t]\npath = C:\\\\\nend = \\",
    );
    assert_eq!(conf.get("default", "a"), Some("1"));
    assert_eq!(conf.get("s", "a"), Some("1"));
    assert_eq!(conf.get("s", "k"), Some("last"));
    assert_eq!(conf.get("s", "long"), Some("a \nb\n  c"));
    assert_eq!(conf.get("t", "path"), Some("C:\\\\"));
    assert_eq!(conf.get("t", "end"), Some(""));
    assert_eq!(conf.line("s", "long"), Some(5));
    let problem = &conf.problems[0];
    assert_eq!(problem.message, "line 8 is neither a [stanza] nor a key = value");
    let (text, span) = (problem.text.as_ref().unwrap(), problem.span.unwrap());
    assert_eq!(&text[span.range()], "bad line");
}
