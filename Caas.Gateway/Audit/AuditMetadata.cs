using Caas.Core.Audit;
using Caas.Core.Ids;

namespace Caas.Gateway.Audit;

/// <summary>Endpoint metadata: what a success is recorded as.</summary>
internal sealed record AuditMetadata(string Action);

/// <summary>What a call turned out to have been about, where that is not what its address names: a record for each, none when nothing was changed.</summary>
internal sealed record AuditedTargets(IReadOnlyList<Dictionary<string, string>> Targets)
{
    public static readonly AuditedTargets None = new([]);

    /// <summary>Users who have another role now.</summary>
    public static AuditedTargets Roles(IEnumerable<UserResponse> users) => new([.. users.Select(user => new Dictionary<string, string> { ["userId"] = user.Id, ["role"] = user.Role })]);
}

internal static class AuditExtensions
{
    private const int MostCharacters = 100;

    /// <summary>Records a success in the tenant's audit log before it is answered: who, what, when, from where. What is refused has changed nothing: see <see cref="AuditedRefusals"/>.</summary>
    /// <param name="query">The parameters of the query that belong to what is done. Others are the caller's own words, and what the path names is never replaced by them.</param>
    public static RouteHandlerBuilder Audited(this RouteHandlerBuilder builder, string action, params string[] query) => builder.WithMetadata(new AuditMetadata(action)).AddEndpointFilter(async (context, next) =>
    {
        var result = await next(context);
        var http = context.HttpContext;
        var caller = http.RequestServices.GetRequiredService<Caller>();
        var target = TargetOf(http, query, context.Arguments, result);
        if (caller is { Kind: CallerKind.Backend, User: { } user })
        {
            target.TryAdd("userId", user.Value);
        }

        var tenant = caller.Kind == CallerKind.Admin ? new TenantId(target["tenantId"]) : caller.Tenant;

        // It is done: that the client went away makes no difference.
        foreach (var one in http.Features.Get<AuditedTargets>()?.Targets ?? [target])
        {
            await http.RequestServices.GetRequiredService<AuditLog>().RecordAsync(caller, tenant, action, one, AuditedRefusals.OriginOf(http), CancellationToken.None);
        }

        return result;
    });

    /// <summary>The ids that the call names, and that of what it made.</summary>
    private static Dictionary<string, string> TargetOf(HttpContext http, string[] query, IList<object?> arguments, object? result)
    {
        var target = new Dictionary<string, string>();
        foreach (var (name, value) in http.Request.RouteValues)
        {
            Add(target, name, value?.ToString());
        }

        foreach (var name in query)
        {
            Add(target, name, http.Request.Query[name].ToString());
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
            case IValueHttpResult { Value: BanResponse ban }:
                Add(target, "conversationId", ban.ConversationId);
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
