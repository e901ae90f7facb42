using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Json;
using Caas.Gateway.Problems;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Caas.Gateway.OpenApi;

/// <summary>Writes into each operation what its endpoint's metadata says: who may call, with which headers, and how it may be refused.</summary>
internal sealed class OperationTransformer : IOpenApiOperationTransformer
{
    public const string AdminKey = "adminKey";
    public const string ApiKey = "apiKey";
    public const string UserToken = "userToken";
    public const string ProblemSchema = nameof(Problem);

    private static readonly Dictionary<string, string> ParameterDescriptions = new()
    {
        ["limit"] = "How many items, 1 to 200. Default 50.",
        ["cursor"] = "`next` of the page before.",
        ["before"] = "A seq: the nearest older messages.",
        ["after"] = "A seq: what is newer.",
        ["around"] = "A seq: half of the messages older, half newer.",
        ["query"] = "The beginning of an id or name.",
        ["mode"] = "`deactivate`, the default.",
    };

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var policy = metadata.OfType<CallerPolicy>().LastOrDefault();
        var idempotency = metadata.OfType<IdempotencyMetadata>().LastOrDefault();
        var document = context.Document!;
        var method = context.Description.HttpMethod ?? HttpMethods.Get;

        DescribeParameters(operation, context.Description);
        Secure(operation, policy, method, document);
        AddHeaders(operation, policy, idempotency);
        AddRefusals(operation, Refusals(operation, policy, metadata.OfType<RefusesMetadata>()), document);
        return Task.CompletedTask;
    }

    private static void DescribeParameters(OpenApiOperation operation, ApiDescription description)
    {
        var times = description.ParameterDescriptions.Where(parameter => parameter.ParameterDescriptor is { ParameterType: var type } && (Nullable.GetUnderlyingType(type) ?? type) == typeof(QueryTime)).Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>().Where(parameter => parameter.In == ParameterLocation.Query) ?? [])
        {
            parameter.Description ??= ParameterDescriptions.GetValueOrDefault(parameter.Name!);
            if (times.Contains(parameter.Name!))
            {
                parameter.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" };
            }
        }
    }

    private static void Secure(OpenApiOperation operation, CallerPolicy? policy, string method, OpenApiDocument document)
    {
        if (policy is null)
        {
            return;
        }

        operation.Security = policy.Optional ? [[]] : [];
        foreach (var (kind, scheme) in new[] { (CallerKinds.Admin, AdminKey), (CallerKinds.Backend, ApiKey), (CallerKinds.User, UserToken) })
        {
            if (policy.Kinds.HasFlag(kind))
            {
                operation.Security.Add(new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] });
            }
        }

        if (policy.Kinds.HasFlag(CallerKinds.Backend) && policy.ScopeFor(method) is { } scope)
        {
            operation.Description = $"{operation.Description} API keys need the scope `{scope}`.".TrimStart();
        }
    }

    private static void AddHeaders(OpenApiOperation operation, CallerPolicy? policy, IdempotencyMetadata? idempotency)
    {
        operation.Parameters ??= [];
        if (policy is not null && policy.Kinds.HasFlag(CallerKinds.Backend) && policy.Kinds.HasFlag(CallerKinds.User))
        {
            operation.Parameters.Add(Header(CallerMiddleware.OnBehalfOfHeader, "With an API key: the user for whom the backend calls."));
        }

        if (idempotency is not null)
        {
            operation.Parameters.Add(Header(IdempotencyKey.Header, idempotency switch
            {
                { MakesEntry: true } when operation.RequestBody is not null => "1 to 128 visible characters: the same key and body make one entry, however often they are sent. It is the entry's `clientMessageId` where the body names none.",
                { MakesEntry: true } => "1 to 128 visible characters: the same key makes one entry, however often it is sent.",
                { HoldsSecret: true } => "1 to 128 visible characters, kept for 24 h: the same key and body get `already_created`, since the answer holds a secret.",
                _ => "1 to 128 visible characters, kept for 24 h: the same key and body get the same answer.",
            }));
        }
    }

    private static OpenApiParameter Header(string name, string description) =>
        new() { Name = name, In = ParameterLocation.Header, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    private static IEnumerable<Refusal> Refusals(OpenApiOperation operation, CallerPolicy? policy, IEnumerable<RefusesMetadata> own)
    {
        var refusals = own.SelectMany(metadata => metadata.Refusals).ToList();
        if (operation.RequestBody is not null)
        {
            refusals.AddRange([Refusal.ValidationFailed, Refusal.TooLarge, Refusal.UnsupportedMediaType]);
        }

        if (operation.Parameters is { Count: > 0 })
        {
            refusals.Add(Refusal.ValidationFailed);
        }

        if (policy is not null)
        {
            refusals.AddRange([Refusal.Unauthenticated, Refusal.NotAllowed, Refusal.RateLimited, Refusal.Unavailable]);
            if (policy.Kinds.HasFlag(CallerKinds.User))
            {
                refusals.AddRange([Refusal.TokenExpired, Refusal.TokenRevoked]);
            }

            if (policy.Area is not null)
            {
                refusals.Add(Refusal.InsufficientScope);
            }
        }

        return refusals.Distinct();
    }

    private static void AddRefusals(OpenApiOperation operation, IEnumerable<Refusal> refusals, OpenApiDocument document)
    {
        operation.Responses ??= [];
        foreach (var status in refusals.GroupBy(refusal => refusal.Status).OrderBy(status => status.Key))
        {
            operation.Responses[status.Key.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = string.Join("\n", status.OrderBy(refusal => refusal.Code, StringComparer.Ordinal).Select(refusal => $"`{refusal.Code}`: {refusal.Title}")),
                Content = new Dictionary<string, OpenApiMediaType> { [ProblemWriter.ContentType] = new() { Schema = new OpenApiSchemaReference(ProblemSchema, document) } },
            };
        }
    }
}
