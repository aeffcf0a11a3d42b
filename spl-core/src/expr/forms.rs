//! The functions that are part of the expression language itself, described: [`FORMS`]. How they are computed, `special` and `bind` know.

/// A function that does not take its arguments as values only: it leaves some unread, or looks at what they are.
pub struct Form {
    /// As written, lower case.
    pub name: &'static str,
    /// Its family in Splunk's Search Reference.
    pub family: &'static str,
    /// As the Search Reference writes it.
    pub syntax: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Expressions with the text of their result, as those of functions; where a field is needed, assignments that end with the one of `x`.
    pub examples: &'static [(&'static str, &'static str)],
}

const CONDITIONAL: &str = "Comparison and Conditional functions";
const INFORMATIONAL: &str = "Informational functions";
const MULTIVALUE: &str = "Multivalue eval functions";

/// All of them, sorted by name.
pub static FORMS: &[Form] = &[
    Form {
        name: "case",
        family: CONDITIONAL,
        syntax: "case(<condition>, <value>, ...)",
        summary: "The value behind the first condition that is true.",
        examples: &[
            (r#"case(7<5, "low", 7<10, "middle", true(), "high")"#, "middle"),
            (r#"case(1=2, "never")"#, "null"),
        ],
    },
    Form {
        name: "coalesce",
        family: CONDITIONAL,
        syntax: "coalesce(<values>)",
        summary: "The first of the values that is not null.",
        examples: &[(r#"coalesce(null(), "", "x")"#, ""), (r#"coalesce(no_such_field, "x")"#, "x")],
    },
    Form {
        name: "false",
        family: CONDITIONAL,
        syntax: "false()",
        summary: "The truth value that does not hold.",
        examples: &[(r#"if(false(), "y", "n")"#, "n")],
    },
    Form {
        name: "if",
        family: CONDITIONAL,
        syntax: "if(<condition>, <value>, <other value>)",
        summary: "One value where the condition is true, the other where it is false or null.",
        examples: &[(r#"if(2>1, "y", "n")"#, "y"), (r#"if(null()>1, "y", "n")"#, "n")],
    },
    Form {
        name: "in",
        family: CONDITIONAL,
        syntax: "in(<value>, <list>)  or  <value> IN (<list>)",
        summary: "Whether the value equals one of the list.",
        examples: &[(r#"if(in("b", "a", "b"), "y", "n")"#, "y"), (r#"if("B" IN ("a", "b"), "y", "n")"#, "n")],
    },
    Form {
        name: "isbool",
        family: INFORMATIONAL,
        syntax: "isbool(<value>)",
        summary: "Whether it is a truth value.",
        examples: &[(r#"if(isbool(1=1), "y", "n")"#, "y")],
    },
    Form {
        name: "isdouble",
        family: INFORMATIONAL,
        syntax: "isdouble(<value>)",
        summary: "Whether it is a number with a fraction.",
        examples: &[(r#"if(isdouble(1.5), "y", "n")"#, "y")],
    },
    Form {
        name: "isint",
        family: INFORMATIONAL,
        syntax: "isint(<value>)",
        summary: "Whether it is a whole number.",
        examples: &[(r#"if(isint(3), "y", "n")"#, "y"), (r#"if(isint(3.5), "y", "n")"#, "n")],
    },
    Form {
        name: "isnotnull",
        family: INFORMATIONAL,
        syntax: "isnotnull(<value>)",
        summary: "Whether there is a value.",
        examples: &[(r#"if(isnotnull(""), "y", "n")"#, "y")],
    },
    Form {
        name: "isnull",
        family: INFORMATIONAL,
        syntax: "isnull(<value>)",
        summary: "Whether there is no value.",
        examples: &[(r#"if(isnull(no_such_field), "y", "n")"#, "y")],
    },
    Form {
        name: "isnum",
        family: INFORMATIONAL,
        syntax: "isnum(<value>)",
        summary: "Whether it is a number.",
        examples: &[(r#"if(isnum(7), "y", "n")"#, "y"), (r#"if(isnum("seven"), "y", "n")"#, "n")],
    },
    Form {
        name: "isstr",
        family: INFORMATIONAL,
        syntax: "isstr(<value>)",
        summary: "Whether it is a text.",
        examples: &[(r#"if(isstr("seven"), "y", "n")"#, "y")],
    },
    Form {
        name: "mvfilter",
        family: MULTIVALUE,
        syntax: "mvfilter(<condition>)",
        summary: "Those values of a multivalue field for which the condition holds.",
        examples: &[(r#"x=split("ab,b,bc", ","), x=mvfilter(match(x, "^b"))"#, "b; bc")],
    },
    Form {
        name: "mvmap",
        family: MULTIVALUE,
        syntax: "mvmap(<multivalue>, <expression>)",
        summary: "What the expression makes of each value, the field's name standing for one of them.",
        examples: &[(r#"x=split("4,5", ","), x=mvmap(x, x*10)"#, "40; 50")],
    },
    Form {
        name: "null",
        family: INFORMATIONAL,
        syntax: "null()",
        summary: "No value; a field that is set to it is removed.",
        examples: &[("null()", "null")],
    },
    Form {
        name: "searchmatch",
        family: CONDITIONAL,
        syntax: r#"searchmatch("<search>")"#,
        summary: "Whether the event would be found by this search.",
        examples: &[(r#"if(searchmatch("no_such_field=*"), "y", "n")"#, "n")],
    },
    Form {
        name: "sigfig",
        family: "Mathematical functions",
        syntax: "sigfig(<expression>)",
        summary: "The result rounded to as many digits as its operands justify.",
        examples: &[("sigfig(1.5*111)", "170")],
    },
    Form {
        name: "true",
        family: CONDITIONAL,
        syntax: "true()",
        summary: "The truth value that holds.",
        examples: &[(r#"if(true(), "y", "n")"#, "y")],
    },
    Form {
        name: "typeof",
        family: INFORMATIONAL,
        syntax: "typeof(<value>)",
        summary: "The kind of a value by name.",
        examples: &[(r#"typeof(3).typeof("x").typeof(1=1)"#, "NumberStringBool")],
    },
    Form {
        name: "validate",
        family: CONDITIONAL,
        syntax: "validate(<condition>, <value>, ...)",
        summary: "The value behind the first condition that is false.",
        examples: &[(r#"validate(1=1, "first", 2=3, "second")"#, "second")],
    },
];

#[cfg(test)]
mod tests {
    use super::super::special::Special;
    use super::FORMS;

    #[test]
    fn each_form_is_described() {
        let described: Vec<&str> = FORMS.iter().map(|form| form.name).collect();
        assert!(described.is_sorted());
        let mut known: Vec<&str> = Special::names().collect();
        known.sort_unstable();
        assert_eq!(described, known);
    }
}
