//! What is asked of GraphQL against the schema that GitHub publishes.

use apollo_compiler::{ExecutableDocument, Schema};

use super::{probe, resources};

const SCHEMA: &str = include_str!("../../fixtures/github.graphql");

#[test]
fn the_schema_of_github_knows_all_that_is_asked() {
    let schema = Schema::parse_and_validate(SCHEMA, "github.graphql").expect("a schema");
    let of_resources = resources::everything().into_iter().flat_map(|(resource, _)| {
        let queries = resource.queries().into_iter();
        queries.map(|query| (resource.name, query))
    });
    let others = [
        ("the fast look", probe::query(&[])),
        ("the overview", resources::overview_query(&[])),
        ("a discussion", resources::DISCUSSION_QUERY.to_owned()),
    ];
    let all: Vec<(&str, String)> = of_resources.chain(others).collect();
    assert!(all.len() > 10, "the queries are found");
    for (name, query) in all {
        if let Err(refused) = ExecutableDocument::parse_and_validate(&schema, &query, name) {
            panic!("{name}: {}", refused.errors);
        }
    }
}
