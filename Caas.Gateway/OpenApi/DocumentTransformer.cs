using Caas.Gateway.Callers;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Caas.Gateway.OpenApi;

/// <summary>Writes what concerns the whole document, and the operations that have no endpoint of ours behind them.</summary>
internal sealed class DocumentTransformer : IOpenApiDocumentTransformer
{
    private const string Description =
        """
        Chat as a service: conversations, messages and their log, isolated per tenant. Realtime goes over SignalR at `/realtime`.

        Times are RFC 3339 in UTC. Lists answer `{ "items": […], "next": … }`; send `next` as `cursor`. Errors are `application/problem+json` with a stable `code`.
        In PATCH `null` clears a field; elsewhere `null` and absent mean the same. Another tenant's resource is always 404.
        """;

    public async Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo { Title = "CaaS API", Version = "v1", Description = Description, License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" } };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [OperationTransformer.AdminKey] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "The platform's admin key (setting `Caas:AdminKey`): tenants and their keys." },
            [OperationTransformer.ApiKey] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = CallerMiddleware.ApiKeyHeader,
                Description = $"A tenant's API key, `id.secret`, for its backend; with `{CallerMiddleware.OnBehalfOfHeader}` it acts for a user.",
            },
            [OperationTransformer.UserToken] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "An end user's token." },
        };
        document.AddComponent(OperationTransformer.ProblemSchema, await context.GetOrCreateSchemaAsync(typeof(Problem), cancellationToken: cancellationToken));
        AddHealth(document, "/health", "GetHealth", "Ask for the state of every dependency");
        AddHealth(document, "/alive", "GetAlive", "Ask whether the process answers");
    }

    private static void AddHealth(OpenApiDocument document, string path, string operationId, string summary)
    {
        var json = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } } };
        document.Paths[path] = new OpenApiPathItem
        {
            Operations = new()
            {
                [HttpMethod.Get] = new OpenApiOperation
                {
                    OperationId = operationId,
                    Summary = summary,
                    Tags = new HashSet<OpenApiTagReference> { new("Service", document) },
                    Responses = new()
                    {
                        ["200"] = new OpenApiResponse { Description = "It can do its work.", Content = json },
                        ["503"] = new OpenApiResponse { Description = "It cannot.", Content = json },
                    },
                },
            },
        };
    }
}
