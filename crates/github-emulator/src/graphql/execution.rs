//! Carrying out a query.

use std::collections::{HashMap, HashSet};

use graphql_parser::query::{
    Definition, Directive, Document, Field, FragmentDefinition, OperationDefinition, Query, Selection, SelectionSet,
    TypeCondition, Value as Literal,
};
use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::value::{Failure, Object, Outcome, Resolved};
use super::{Context, query, repository};

/// How deep fragments and fields may be nested.
const DEPTH_LIMIT: usize = 64;

/// A query being carried out.
struct Execution<'q> {
    context: &'q Context<'q>,
    fragments: HashMap<&'q str, &'q FragmentDefinition<'static, String>>,
    declared: HashSet<&'q str>,
    variables: Map<String, Value>,
    errors: Vec<Value>,
}

/// A name in an answer with the fields of that name.
type Grouped<'q> = Vec<(&'q str, Vec<&'q Field<'static, String>>)>;

/// The error of a query which is not valid.
type Invalid = Value;

/// Carries out the operation of a document: `data` and `errors`.
pub(super) fn execute(context: &Context<'_>, text: &str, variables: &Value, operation: Option<&str>) -> Value {
    match graphql_parser::parse_query::<String>(text) {
        Err(error) => json!({ "errors": [{ "message": format!("Parse error: {error}") }] }),
        Ok(document) => match carry_out(context, &document.into_static(), variables, operation) {
            Ok((data, errors)) if errors.is_empty() => json!({ "data": data }),
            Ok((data, errors)) => json!({ "data": data, "errors": errors }),
            Err(error) => json!({ "errors": [error] }),
        },
    }
}

fn carry_out(
    context: &Context<'_>,
    document: &Document<'static, String>,
    variables: &Value,
    name: Option<&str>,
) -> Result<(Value, Vec<Value>), Invalid> {
    let mut fragments = HashMap::new();
    let mut operations = Vec::new();
    for definition in &document.definitions {
        match definition {
            Definition::Fragment(fragment) => {
                fragments.insert(fragment.name.as_str(), fragment);
            }
            Definition::Operation(OperationDefinition::SelectionSet(set)) => operations.push((None, set)),
            Definition::Operation(OperationDefinition::Query(query)) => {
                operations.push((Some(query), &query.selection_set));
            }
            Definition::Operation(_) => return Err(json!({ "message": "Only queries are supported." })),
        }
    }
    let is_named = |query: Option<&Query<'static, String>>| query.and_then(|query| query.name.as_deref()) == name;
    let chosen = match name {
        Some(_) => operations.iter().find(|(query, _)| is_named(*query)),
        None => operations.first().filter(|_| operations.len() == 1),
    };
    let Some(&(query, set)) = chosen else {
        let message = name.map_or_else(
            || "An operation name is required".to_owned(),
            |name| format!("No operation named \"{name}\""),
        );
        return Err(json!({ "message": message }));
    };
    let (declared, variables) = declare(query, variables)?;
    let mut execution = Execution { context, fragments, declared, variables, errors: Vec::new() };
    let data = execution.select(&Object::Query, &[set], &mut Vec::new(), 0)?;
    Ok((data, execution.errors))
}

/// Whether a field that is refused takes its object with it, because it cannot be null.
/// <https://spec.graphql.org/October2021/#sec-Handling-Field-Errors>
fn is_never_null(object: &Object, field: &str) -> bool {
    object.type_name() == "Repository" && ["discussions", "issues", "pullRequests", "releases"].contains(&field)
}

/// The variables of a query with their values.
fn declare<'q>(
    query: Option<&'q Query<'static, String>>,
    given: &Value,
) -> Result<(HashSet<&'q str>, Map<String, Value>), Invalid> {
    let mut declared = HashSet::new();
    let mut values = Map::new();
    for definition in query.map(|query| query.variable_definitions.as_slice()).unwrap_or_default() {
        declared.insert(definition.name.as_str());
        let default = definition.default_value.as_ref().map(|value| literal(value, &Map::new()));
        let value = given.get(&definition.name).cloned().or(default);
        let required = matches!(definition.var_type, graphql_parser::query::Type::NonNullType(_));
        match value {
            Some(value) if !(required && value.is_null()) => {
                values.insert(definition.name.clone(), value);
            }
            _ if required => {
                let message =
                    format!("Variable ${} of type {} was provided invalid value", definition.name, definition.var_type);
                return Err(json!({ "message": message, "locations": [place(definition.position)] }));
            }
            _ => {}
        }
    }
    Ok((declared, values))
}

impl<'q> Execution<'q> {
    /// The fields of an object which are asked for.
    fn select(
        &mut self,
        object: &Object,
        sets: &[&'q SelectionSet<'static, String>],
        path: &mut Vec<Value>,
        depth: usize,
    ) -> Result<Value, Invalid> {
        let mut fields = Grouped::new();
        for set in sets {
            self.collect(object, set, &mut fields, depth)?;
        }
        let mut answer = Map::new();
        for (key, fields) in fields {
            path.push(json!(key));
            let value = self.field(object, &fields, path, depth)?;
            path.pop();
            if value.is_null() && fields.iter().any(|field| is_never_null(object, &field.name)) {
                return Ok(Value::Null);
            }
            answer.insert(key.to_owned(), value);
        }
        Ok(answer.into())
    }

    /// Gathers the fields of a selection and its fragments.
    fn collect(
        &self,
        object: &Object,
        set: &'q SelectionSet<'static, String>,
        fields: &mut Grouped<'q>,
        depth: usize,
    ) -> Result<(), Invalid> {
        if depth > DEPTH_LIMIT {
            return Err(json!({ "message": "The query is nested too deeply." }));
        }
        for item in &set.items {
            match item {
                Selection::Field(field) if self.included(&field.directives) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name).as_str();
                    match fields.iter_mut().find(|(found, _)| *found == key) {
                        Some((_, same)) => same.push(field),
                        None => fields.push((key, vec![field])),
                    }
                }
                Selection::FragmentSpread(spread) if self.included(&spread.directives) => {
                    let Some(fragment) = self.fragments.get(spread.fragment_name.as_str()) else {
                        let message = format!("Fragment {} was used, but not defined", spread.fragment_name);
                        return Err(json!({ "message": message, "locations": [place(spread.position)] }));
                    };
                    let TypeCondition::On(name) = &fragment.type_condition;
                    if object.is(name) {
                        self.collect(object, &fragment.selection_set, fields, depth + 1)?;
                    }
                }
                Selection::InlineFragment(fragment) if self.included(&fragment.directives) => {
                    let fits = match &fragment.type_condition {
                        Some(TypeCondition::On(name)) => object.is(name),
                        None => true,
                    };
                    if fits {
                        self.collect(object, &fragment.selection_set, fields, depth + 1)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The value of a field, which may be asked for more than once.
    fn field(
        &mut self,
        object: &Object,
        fields: &[&'q Field<'static, String>],
        path: &mut Vec<Value>,
        depth: usize,
    ) -> Result<Value, Invalid> {
        let Some(field) = fields.first() else {
            return Ok(Value::Null);
        };
        let at = (field.position.line, field.position.column);
        let outcome = self.arguments(field).and_then(|arguments| self.resolve(object, &arguments));
        let sets: Vec<_> = fields.iter().map(|field| &field.selection_set).collect();
        self.complete(outcome, &sets, path, at, depth)
    }

    fn arguments(&self, field: &'q Field<'static, String>) -> Result<Arguments<'q>, Failure> {
        let mut values = Map::new();
        for (name, value) in &field.arguments {
            if let Literal::Variable(variable) = value {
                if !self.declared.contains(variable.as_str()) {
                    let message = format!("Variable ${variable} is used by the query but not declared");
                    return Err(Failure::invalid("variableNotDefined", message));
                }
                if !self.variables.contains_key(variable) {
                    continue;
                }
            }
            values.insert(name.clone(), literal(value, &self.variables));
        }
        Ok(Arguments { field: &field.name, values })
    }

    fn resolve(&self, object: &Object, arguments: &Arguments<'_>) -> Outcome {
        if arguments.field == "__typename" {
            return Ok(object.type_name().into());
        }
        let found = match object {
            Object::Query => query::resolve(self.context, arguments)?,
            Object::Repository(entry) => repository::resolve(self.context, entry, arguments)?,
            Object::Lazy(fields) => fields.resolve(self.context, arguments)?,
            Object::Plain { fields, .. } => {
                arguments.only(&[])?;
                fields.iter().find(|(name, _)| *name == arguments.field).map(|(_, value)| value.clone())
            }
        };
        found.ok_or_else(|| {
            let message = format!("Field '{}' doesn't exist on type '{}'", arguments.field, object.type_name());
            Failure::invalid("undefinedField", message)
        })
    }

    /// The JSON of what a field gives.
    fn complete(
        &mut self,
        outcome: Outcome,
        sets: &[&'q SelectionSet<'static, String>],
        path: &mut Vec<Value>,
        at: (usize, usize),
        depth: usize,
    ) -> Result<Value, Invalid> {
        match outcome {
            Ok(Resolved::Leaf(value)) if value.is_null() || sets.iter().all(|set| set.items.is_empty()) => Ok(value),
            Ok(Resolved::Leaf(_)) => {
                let failure = Failure::invalid("selectionMismatch", "Selections can't be made on scalars");
                Err(failure.error(path.clone(), at))
            }
            Ok(Resolved::Object(object)) => {
                if sets.iter().all(|set| set.items.is_empty()) {
                    let message = format!("Field must have selections (of type {})", object.type_name());
                    return Err(Failure::invalid("selectionMismatch", message).error(path.clone(), at));
                }
                self.select(&object, sets, path, depth + 1)
            }
            Ok(Resolved::List(items)) => {
                let mut values = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    path.push(json!(index));
                    values.push(self.complete(item, sets, path, at, depth)?);
                    path.pop();
                }
                Ok(values.into())
            }
            Err(failure) if failure.is_fatal() => Err(failure.error(path.clone(), at)),
            Err(failure) => {
                self.errors.push(failure.error(path.clone(), at));
                Ok(Value::Null)
            }
        }
    }

    /// Whether `@include` and `@skip` let something in.
    fn included(&self, directives: &[Directive<'static, String>]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.arguments.iter().find(|(name, _)| name == "if");
            let condition = condition.and_then(|(_, value)| literal(value, &self.variables).as_bool());
            match directive.name.as_str() {
                "include" => condition == Some(true),
                "skip" => condition != Some(true),
                _ => true,
            }
        })
    }
}

/// A literal as JSON, with the values of variables.
fn literal(value: &Literal<'static, String>, variables: &Map<String, Value>) -> Value {
    match value {
        Literal::Variable(name) => variables.get(name).cloned().unwrap_or_default(),
        Literal::Int(number) => json!(number.as_i64()),
        Literal::Float(number) => json!(number),
        Literal::String(text) | Literal::Enum(text) => json!(text),
        Literal::Boolean(flag) => json!(flag),
        Literal::Null => Value::Null,
        Literal::List(items) => items.iter().map(|item| literal(item, variables)).collect(),
        Literal::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), literal(value, variables))).collect::<Map<_, _>>().into()
        }
    }
}

fn place(position: graphql_parser::Pos) -> Value {
    json!({ "line": position.line, "column": position.column })
}
