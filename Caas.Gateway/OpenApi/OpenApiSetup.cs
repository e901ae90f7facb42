using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Scalar.AspNetCore;

namespace Caas.Gateway.OpenApi;

/// <summary>The API's description at <c>/openapi/v1.json</c>, and <c>/docs</c>, a page to read and try it.</summary>
internal static class OpenApiSetup
{
    public const string Document = "v1";

    public static void AddGatewayOpenApi(this IServiceCollection services)
    {
        services.AddSingleton<OpenApiDocumentCache>();
        services.AddOpenApi(Document, options =>
        {
            // What only stands for another type is written in place.
            options.CreateSchemaReferenceId = type => SchemaTransformer.IsInline(type.Type) ? null : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
            options.AddSchemaTransformer<SchemaTransformer>();
            options.AddOperationTransformer<OperationTransformer>();
            options.AddDocumentTransformer<DocumentTransformer>();
        });
    }

    public static void MapDocs(this WebApplication app)
    {
        app.MapGet($"/openapi/{Document}.json", async (OpenApiDocumentCache cache) => TypedResults.Bytes(await cache.GetAsync(), "application/json")).ExcludeFromDescription();
        app.MapScalarApiReference("/docs", (options, context) =>
        {
            // All of it from this host: no fonts, no telemetry, no assistants from elsewhere, and no bar of its maker's tools.
            options.WithNonce();
            options.WithTitle("CaaS API").AddDocument(Document, "CaaS API").DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideClientButton().HideDeveloperTools();
            context.Response.OnStarting(SetPolicy, context);
        });
    }

    // The page's scripts come from here or carry this answer's nonce; its styles are written into the page by script.
    private static Task SetPolicy(object state)
    {
        var context = (HttpContext)state;
        var nonce = context.Items[ScalarOptions.NonceHttpContextItemKey];
        context.Response.Headers[HeaderNames.ContentSecurityPolicy] =
            $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return Task.CompletedTask;
    }
}
