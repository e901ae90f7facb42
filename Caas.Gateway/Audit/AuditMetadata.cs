using System.Diagnostics;
using Caas.Core.Audit;
using Caas.Core.Ids;

namespace Caas.Gateway.Audit;

/// <summary>Endpoint metadata: what a success is recorded as.</summary>
internal sealed record AuditMetadata(string Action);

internal static class AuditExtensions
{
    private const int MostCharacters = 100;

    /// <summary>Records a success in the tenant's audit log before it is answered: who, what, when, from where. What is refused has changed nothing and is not recorded.</summary>
    public static RouteHandlerBuilder Audited(this RouteHandlerBuilder builder, string action) => builder.WithMetadata(new AuditMetadata(action)).AddEndpointFilter(async (context, next) =>
    {
        var result = await next(context);
        var http = context.HttpContext;
        var target = TargetOf(http, context.Arguments, result);
        var caller = http.RequestServices.GetRequiredService<Caller>();
        if (caller is { Kind: CallerKind.Backend, User: { } user })
        {
            target.TryAdd("userId", user.Value);
        }

        var tenant = caller.Kind == CallerKind.Admin ? new TenantId(target["tenantId"]) : caller.Tenant;
        var address = http.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : http.Connection.RemoteIpAddress;

        // It is done: that the client went away makes no difference.
        await http.RequestServices.GetRequiredService<AuditLog>().RecordAsync(caller, tenant, action, target, new(address?.ToString(), Activity.Current?.TraceId.ToString()), CancellationToken.None);
        return result;
    });

    /// <summary>The ids that the call names, and that of what it made.</summary>
    private static Dictionary<string, string> TargetOf(HttpContext http, IList<object?> arguments, object? result)
    {
        var target = new Dictionary<string, string>();
        foreach (var (name, value) in http.Request.RouteValues)
        {
            Add(target, name, value?.ToString());
        }

        foreach (var (name, values) in http.Request.Query)
        {
            Add(target, name, values.ToString());
        }

        Add(target, "userId", arguments.OfType<RevokeTokensRequest>().FirstOrDefault()?.UserId);
        switch (result is INestedHttpResult nested ? nested.Result : result)
        {
            case IValueHttpResult { Value: TenantResponse tenant }:
                Add(target, "tenantId", tenant.Id);
                break;
            case IValueHttpResult { Value: ApiKeyResponse key }:
                Add(target, "keyId", key.Id);
                break;
            case IValueHttpResult { Value: WebhookResponse webhook }:
                Add(target, "webhookId", webhook.Id);
                break;
        }

        return target;
    }

    private static void Add(Dictionary<string, string> target, string name, string? value)
    {
        if (value is { Length: > 0 } && name.Length <= MostCharacters)
        {
            target[name] = value.Length <= MostCharacters ? value : value[..MostCharacters];
        }
    }
}
