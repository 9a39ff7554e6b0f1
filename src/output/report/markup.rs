//! Text as it stands in a page.

use std::fmt::Write;

/// Returns text that a page shows as it is, in an element or an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    // A number and its unit stay on one line.
    escaped.replace(" %", "\u{a0}%")
}

/// Returns JSON that can stand inside a script: what could end or hide it is written as an escape, which JSON reads as the same.
pub(super) fn inside_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// Returns a table with its caption; the first cell of a row is its heading. What it is given is text, but for the caption,
/// which is escaped already.
pub(super) fn table(caption: &str, columns: &[String], rows: &[Vec<String>]) -> String {
    let mut text = format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table><caption>{caption}</caption>\n<thead><tr>"
    );
    for column in columns {
        write!(text, "<th scope=\"col\">{}</th>", escaped(column)).expect("a string can grow");
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        text.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            let cell = escaped(cell);
            let cell =
                if at == 0 { format!("<th scope=\"row\">{cell}</th>") } else { format!("<td>{cell}</td>") };
            text.push_str(&cell);
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody></table></div>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_neither_its_element_nor_its_script() {
        let name = "</script><script>alert('1 & \"2\"')</script>";
        assert_eq!(
            escaped(name),
            "&lt;/script&gt;&lt;script&gt;alert(&#39;1 &amp; &quot;2&quot;&#39;)&lt;/script&gt;"
        );
        let json = serde_json::json!({ "name": name, "other": "<!--" }).to_string();
        let inside = inside_script(&json);
        assert!(!inside.contains(['<', '>', '&']));
        let read: serde_json::Value = serde_json::from_str(&inside).unwrap();
        assert_eq!(read["name"], name);
    }

    #[test]
    fn a_table_has_headings_for_columns_and_rows() {
        let text =
            table("A &amp; B", &["x".to_owned(), "y".to_owned()], &[vec!["<1".to_owned(), "2".to_owned()]]);
        assert!(text.contains("<caption>A &amp; B</caption>"));
        assert!(text.contains("<th scope=\"col\">y</th>"));
        assert!(text.contains("<th scope=\"row\">&lt;1</th><td>2</td>"));
    }
}
