//! GraphQL questions: read from text, and answered from a tree of JSON with exactly what they ask for.
//!
//! A field that the tree lacks is an error, as GitHub's schema makes it one. A list that is asked for page by page is
//! written into the tree as a plain array below the key that [`connection`] gives.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

/// Marks a list that is asked for page by page.
const CONNECTION: &str = "__connection";

/// A list that is asked for page by page.
pub(super) fn connection(items: Vec<Value>) -> Value {
    json!({ CONNECTION: items })
}

/// The arguments of a field.
pub(super) type Arguments = BTreeMap<String, Value>;

/// An error as it stands in an answer.
pub(super) struct Wrong {
    pub(super) kind: Option<&'static str>,
    pub(super) message: String,
}

impl Wrong {
    pub(super) fn not_found(message: String) -> Self {
        Self { kind: Some("NOT_FOUND"), message }
    }

    pub(super) fn plain(message: impl Into<String>) -> Self {
        Self { kind: None, message: message.into() }
    }
}

/// Resolves the fields that need more than a look into the tree: given the object, the field and its arguments.
pub(super) trait Resolver {
    fn resolve(&mut self, object: &Value, field: &str, arguments: &Arguments) -> Option<Result<Value, Wrong>>;
}

/// Answers the body of a request, `{"query":…, "variables":…}`.
pub(super) fn answer(body: &Value, resolver: &mut dyn Resolver) -> Value {
    let text = body["query"].as_str().unwrap_or_default();
    let variables = body["variables"].as_object().cloned().unwrap_or_default();
    let document = match Parser::parse(text, &variables) {
        Ok(document) => document,
        Err(message) => return json!({ "errors": [{ "message": message }] }),
    };
    let mut run = Run { fragments: &document.fragments, resolver, errors: Vec::new() };
    let root = json!({ "__typename": if document.mutation { "Mutation" } else { "Query" } });
    let mut data = Map::new();
    run.select(&root, &document.selection, &mut data, &[]);
    match run.errors.is_empty() {
        true => json!({ "data": data }),
        false => json!({ "data": data, "errors": run.errors }),
    }
}

struct Document {
    mutation: bool,
    selection: Vec<Selection>,
    fragments: HashMap<String, Vec<Selection>>,
}

#[derive(Debug, Clone)]
enum Selection {
    Field { key: String, name: String, arguments: Arguments, selection: Vec<Selection> },
    On { kind: Option<String>, selection: Vec<Selection> },
    Spread(String),
}

struct Run<'a> {
    fragments: &'a HashMap<String, Vec<Selection>>,
    resolver: &'a mut dyn Resolver,
    errors: Vec<Value>,
}

impl Run<'_> {
    fn select(&mut self, object: &Value, selection: &[Selection], into: &mut Map<String, Value>, path: &[String]) {
        for part in selection {
            match part {
                Selection::Spread(name) => match self.fragments.get(name).cloned() {
                    Some(inner) => self.select(object, &inner, into, path),
                    None => {
                        self.errors.push(json!({ "message": format!("Fragment {name} was used, but not defined") }))
                    }
                },
                Selection::On { kind, selection } => {
                    if kind.as_deref().is_none_or(|kind| object["__typename"] == kind) {
                        self.select(object, selection, into, path);
                    }
                }
                Selection::Field { key, name, arguments, selection } => {
                    let path = [path, std::slice::from_ref(key)].concat();
                    let value = match self.field(object, name, arguments) {
                        Ok(value) => self.shape(value, selection, &path),
                        Err(wrong) => {
                            let mut error = json!({ "message": wrong.message, "path": path });
                            if let Some(kind) = wrong.kind {
                                error["type"] = kind.into();
                            }
                            self.errors.push(error);
                            Value::Null
                        }
                    };
                    match (into.get_mut(key), value) {
                        (Some(Value::Object(there)), Value::Object(more)) => there.extend(more),
                        (_, value) => {
                            into.insert(key.clone(), value);
                        }
                    }
                }
            }
        }
    }

    fn field(&mut self, object: &Value, name: &str, arguments: &Arguments) -> Result<Value, Wrong> {
        if let Some(resolved) = self.resolver.resolve(object, name, arguments) {
            return resolved.map(|value| page(value, arguments));
        }
        match object.get(name) {
            Some(value) => Ok(page(value.clone(), arguments)),
            None => {
                Err(Wrong::plain(format!("Field '{name}' doesn't exist on type '{}'", text(&object["__typename"]))))
            }
        }
    }

    fn shape(&mut self, value: Value, selection: &[Selection], path: &[String]) -> Value {
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.shape(item, selection, path)).collect(),
            Value::Object(_) if !selection.is_empty() => {
                let mut shaped = Map::new();
                self.select(&value, selection, &mut shaped, path);
                Value::Object(shaped)
            }
            Value::Object(_) => {
                let message = format!("Field must have selections (field {:?})", path.last());
                self.errors.push(json!({ "message": message }));
                Value::Null
            }
            plain => plain,
        }
    }
}

/// One page of a list: `first`/`after` or `last`/`before`, with positions as cursors.
fn page(value: Value, arguments: &Arguments) -> Value {
    let Some(items) = value.get(CONNECTION).and_then(Value::as_array) else { return value };
    let position = |name: &str| arguments.get(name).and_then(Value::as_str).and_then(|cursor| cursor.parse().ok());
    let count = |name: &str| arguments.get(name).and_then(Value::as_u64).map(|count| count as usize);
    let (mut start, mut end) = (position("after").map_or(0, |at: usize| at + 1), items.len());
    end = position("before").unwrap_or(end).min(end);
    start = start.min(end);
    if let Some(first) = count("first") {
        end = end.min(start + first);
    }
    if let Some(last) = count("last") {
        start = start.max(end.saturating_sub(last));
    }
    let cursor = |at: usize| at.to_string();
    json!({
        "__typename": "Connection",
        "totalCount": items.len(),
        "nodes": items[start..end],
        "edges": (start..end).map(|at| json!({ "__typename": "Edge", "node": items[at], "cursor": cursor(at) }))
            .collect::<Vec<_>>(),
        "pageInfo": {
            "__typename": "PageInfo",
            "hasPreviousPage": start > 0,
            "hasNextPage": end < items.len(),
            "startCursor": (start < end).then(|| cursor(start)),
            "endCursor": (start < end).then(|| cursor(end - 1)),
        },
    })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

struct Parser<'a> {
    tokens: Vec<String>,
    at: usize,
    variables: &'a Map<String, Value>,
    defaults: HashMap<String, Value>,
}

type Parsed<T> = Result<T, String>;

impl<'a> Parser<'a> {
    fn parse(text: &str, variables: &'a Map<String, Value>) -> Parsed<Document> {
        let mut parser = Self { tokens: tokens(text)?, at: 0, variables, defaults: HashMap::new() };
        let mut document = Document { mutation: false, selection: Vec::new(), fragments: HashMap::new() };
        while parser.at < parser.tokens.len() {
            match parser.peek() {
                "{" => document.selection = parser.selection()?,
                "fragment" => {
                    parser.at += 1;
                    let name = parser.take();
                    parser.at += 2;
                    let selection = parser.selection()?;
                    document.fragments.insert(name, selection);
                }
                "query" | "mutation" => {
                    document.mutation = parser.take() == "mutation";
                    if !["{", "("].contains(&parser.peek()) {
                        parser.at += 1;
                    }
                    if parser.peek() == "(" {
                        parser.variable_definitions()?;
                    }
                    document.selection = parser.selection()?;
                }
                other => return Err(format!("Parse error on {other:?}")),
            }
        }
        Ok(document)
    }

    fn variable_definitions(&mut self) -> Parsed<()> {
        self.expect("(")?;
        while self.peek() != ")" {
            self.expect("$")?;
            let name = self.take();
            self.expect(":")?;
            while !["$", ")", "="].contains(&self.peek()) {
                self.at += 1;
            }
            if self.peek() == "=" {
                self.at += 1;
                let value = self.value()?;
                self.defaults.insert(name, value);
            }
        }
        self.expect(")")
    }

    fn selection(&mut self) -> Parsed<Vec<Selection>> {
        self.expect("{")?;
        let mut found = Vec::new();
        while self.peek() != "}" {
            found.push(match self.take().as_str() {
                "..." if self.peek() == "on" => {
                    self.at += 1;
                    Selection::On { kind: Some(self.take()), selection: self.selection()? }
                }
                "..." if self.peek() == "{" => Selection::On { kind: None, selection: self.selection()? },
                "..." => Selection::Spread(self.take()),
                "" => return Err("Parse error: unexpected end".into()),
                first => self.field(first.to_owned())?,
            });
        }
        self.at += 1;
        match found.is_empty() {
            true => Err("Parse error on \"}\": an empty selection".into()),
            false => Ok(found),
        }
    }

    fn field(&mut self, first: String) -> Parsed<Selection> {
        let (key, name) = match self.peek() {
            ":" => {
                self.at += 1;
                (first, self.take())
            }
            _ => (first.clone(), first),
        };
        let mut arguments = Arguments::new();
        if self.peek() == "(" {
            self.at += 1;
            while self.peek() != ")" {
                let argument = self.take();
                self.expect(":")?;
                arguments.insert(argument, self.value()?);
            }
            self.at += 1;
        }
        let selection = if self.peek() == "{" { self.selection()? } else { Vec::new() };
        Ok(Selection::Field { key, name, arguments, selection })
    }

    fn value(&mut self) -> Parsed<Value> {
        Ok(match self.take().as_str() {
            "$" => {
                let name = self.take();
                let given = self.variables.get(&name).or(self.defaults.get(&name));
                given.cloned().unwrap_or(Value::Null)
            }
            "[" => {
                let mut items = Vec::new();
                while self.peek() != "]" {
                    items.push(self.value()?);
                }
                self.at += 1;
                items.into()
            }
            "{" => {
                let mut fields = Map::new();
                while self.peek() != "}" {
                    let name = self.take();
                    self.expect(":")?;
                    fields.insert(name, self.value()?);
                }
                self.at += 1;
                fields.into()
            }
            "" => return Err("Parse error: a value is missing".into()),
            literal => serde_json::from_str(literal).unwrap_or_else(|_| literal.into()),
        })
    }

    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn take(&mut self) -> String {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned().unwrap_or_default()
    }

    fn expect(&mut self, token: &str) -> Parsed<()> {
        match self.take() {
            found if found == token => Ok(()),
            found => Err(format!("Parse error on {found:?} (expected {token:?})")),
        }
    }
}

fn tokens(text: &str) -> Parsed<Vec<String>> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let start = at;
        at += 1;
        match letter {
            ' ' | '\n' | '\r' | '\t' | ',' => continue,
            '#' => {
                while letters.get(at).is_some_and(|letter| *letter != '\n') {
                    at += 1;
                }
                continue;
            }
            '"' => {
                while *letters.get(at).ok_or("Parse error: a string does not end")? != '"' {
                    at += if letters[at] == '\\' { 2 } else { 1 };
                }
                at += 1;
            }
            '.' => at += 2,
            letter if letter.is_alphanumeric() || letter == '_' || letter == '-' => {
                while letters.get(at).is_some_and(|letter| letter.is_alphanumeric() || *letter == '_') {
                    at += 1;
                }
            }
            _ => {}
        }
        found.push(letters[start..at.min(letters.len())].iter().collect());
    }
    Ok(found)
}
