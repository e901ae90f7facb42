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

    /// <summary>
    /// Notes what is about to be done, and records a success in the tenant's audit log before it is answered: who, what, when, from where. What is refused has changed nothing: see
    /// <see cref="AuditedRefusals"/>. Of what was begun and neither done nor refused the note stays, and is recorded later (<see cref="AuditRecovery"/>).
    /// </summary>
    /// <param name="query">The parameters of the query that belong to what is done. Others are the caller's own words, and what the path names is never replaced by them.</param>
    public static RouteHandlerBuilder Audited(this RouteHandlerBuilder builder, string action, params string[] query) => builder.WithMetadata(new AuditMetadata(action)).AddEndpointFilter(async (context, next) =>
    {
        var http = context.HttpContext;
        var (audit, intents) = (http.RequestServices.GetRequiredService<AuditLog>(), http.RequestServices.GetRequiredService<AuditIntents>());
        var (caller, origin) = (http.RequestServices.GetRequiredService<Caller>(), AuditedRefusals.OriginOf(http));
        var intent = await BeginAsync();
        object? result;
        try
        {
            result = await next(context);
        }
        catch (RefusedException refused) when (intent is not null && refused.Refusal != Refusal.Unavailable)
        {
            await intents.EndAsync(intent);
            throw;
        }

        // It is done: that the client went away makes no difference.
        var target = Target(result);
        var (tenant, number) = (caller.Kind == CallerKind.Admin ? new TenantId(target["tenantId"]) : caller.Tenant, 0);
        foreach (var one in http.Features.Get<AuditedTargets>()?.Targets ?? [target])
        {
            await audit.RecordAsync(caller, tenant, action, one, origin, CancellationToken.None, intent?.RecordId(number++));
        }

        if (intent is not null)
        {
            await intents.EndAsync(intent);
        }

        return result;

        async Task<AuditIntent?> BeginAsync()
        {
            // A tenant whose id is made by the call has no log yet; its first entry says who made it.
            var about = Target(null);
            TenantId? of = caller.Kind != CallerKind.Admin ? caller.Tenant : about.TryGetValue("tenantId", out var id) && PublicId.IsValid(id) ? new TenantId(id) : null;
            return of is { } known && MayBeRecorded(context.Arguments) ? await intents.BeginAsync(caller, known, action, about, origin, CancellationToken.None) : null;
        }

        Dictionary<string, string> Target(object? made)
        {
            var about = TargetOf(http, query, context.Arguments, made);
            if (caller is { Kind: CallerKind.Backend, User: { } user })
            {
                about.TryAdd("userId", user.Value);
            }

            return about;
        }
    });

    /// <summary>Of users only their roles are recorded. Who says nothing of them changes none, but by leaving out the role of an admin, which stands in the user's own log with who did it.</summary>
    private static bool MayBeRecorded(IList<object?> arguments) => arguments.All(argument => argument switch
    {
        UpdateUserRequest user => user.Role.IsSet,
        UpsertUserRequest user => user.Role is not null,
        UpsertUsersRequest users => users.Users is null || users.Users.Any(user => user?.Role is not null),
        _ => true,
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

        Add(target, "tenantId", arguments.OfType<CreateTenantRequest>().FirstOrDefault()?.Id);
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
