using System.Text.Json;
using System.Text.Json.Nodes;
using Caas.Gateway.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Caas.Gateway.OpenApi;

/// <summary>Describes our own JSON types as what they are on the wire: <see cref="Optional{T}"/> is a nullable T, any JSON of ours is an object.</summary>
internal sealed class SchemaTransformer : IOpenApiSchemaTransformer
{
    private static readonly Dictionary<Type, string> Examples = new()
    {
        [typeof(CreateTenantRequest)] = """{ "id": "acme", "name": "Acme Inc." }""",
        [typeof(CreateApiKeyRequest)] = """{ "name": "backend", "scopes": ["conversations:write", "messages:write"] }""",
        [typeof(UpsertUserRequest)] = """{ "name": "Alice", "avatarUrl": "https://example.com/alice.png" }""",
        [typeof(CreateTokenRequest)] = """{ "expiresInSeconds": 3600 }""",
        [typeof(CreateConversationRequest)] = """{ "type": "group", "id": "launch", "name": "Launch", "memberIds": ["bob"], "members": [{ "userId": "alice", "role": "owner" }] }""",
        [typeof(AddMembersRequest)] = """{ "userIds": ["carol"], "role": "member" }""",
        [typeof(SendMessageRequest)] = """{ "text": "Hello", "clientMessageId": "a-1" }""",
        [typeof(EditMessageRequest)] = """{ "text": "Hello, all" }""",
    };

    /// <summary>Whether a type has no name of its own in the document.</summary>
    public static bool IsInline(Type type) => IsJson(type) || IsOptional(type) || IsTime(type);

    public async Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        if (Examples.TryGetValue(type, out var example))
        {
            schema.Examples = [JsonNode.Parse(example)!];
        }
        else if (IsJson(type))
        {
            schema.Type = JsonSchemaType.Object | JsonSchemaType.Null;
        }
        else if (IsTime(type))
        {
            (schema.Type, schema.Format) = (Nullable.GetUnderlyingType(type) is null ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null, "date-time");
        }
        else if (IsOptional(type))
        {
            var inner = await context.GetOrCreateSchemaAsync(type.GetGenericArguments()[0], cancellationToken: cancellationToken);
            schema.Type = inner.Type | JsonSchemaType.Null;
            (schema.Format, schema.Items, schema.Properties, schema.Required, schema.Enum, schema.Description) = (inner.Format, inner.Items, inner.Properties, inner.Required, inner.Enum, schema.Description ?? inner.Description);
        }
    }

    private static bool IsJson(Type type) => (Nullable.GetUnderlyingType(type) ?? type) == typeof(JsonElement);

    private static bool IsTime(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var plain && (plain == typeof(QueryTime) || plain == typeof(DateTimeOffset));

    private static bool IsOptional(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>);
}
