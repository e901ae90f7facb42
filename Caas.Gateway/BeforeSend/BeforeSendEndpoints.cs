using Caas.Core.BeforeSend;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.BeforeSend;

/// <summary><c>/v1/tenant/before-send-hook</c>; for the backend.</summary>
internal static class BeforeSendEndpoints
{
    public static void MapBeforeSend(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/tenant/before-send-hook").WithTags("Webhooks").AllowCallers(CallerKinds.Backend, "webhooks");
        group.MapGet("/", GetAsync).WithName("GetBeforeSendHook").WithSummary("Get the before-send hook").WithDescription("Its secret is never shown.").Refuses(Refusal.BeforeSendHookNotFound);
        group.MapPut("/", PutAsync).WithName("PutBeforeSendHook").Audited("before_send_hook.changed").WithSummary("Have your backend asked before users' messages are stored")
            .WithDescription("`url` is asked about every message that a user sends or edits, signed as the Standard Webhooks specification says, and may allow, change or reject it. It counts within 5 s. `secret` is shown once, when the hook is first set. The key needs `moderation:write` too.");
        group.MapDelete("/", DeleteAsync).WithName("DeleteBeforeSendHook").Audited("before_send_hook.deleted").WithSummary("Ask nobody any more").WithDescription("It counts within 5 s. The key needs `moderation:write` too.");
        group.MapPost("/rotate-secret", RotateAsync).WithName("RotateBeforeSendHookSecret").Audited("before_send_hook.secret_rotated").WithSummary("Give the before-send hook a new secret")
            .WithDescription("For `graceSeconds` everything is signed with the one before too. `secret` is shown once. The key needs `moderation:write` too.").IdempotentSecret(null).Refuses(Refusal.BeforeSendHookNotFound);
        group.MapPost("/ping", PingAsync).WithName("PingBeforeSendHook").WithSummary("Try the before-send hook")
            .WithDescription("Asks it about a message that nobody sends (`data.test` is true), and answers what came of it. The key needs `moderation:write` too.").Idempotent().Refuses(Refusal.BeforeSendHookNotFound);
    }

    private static async Task<Ok<BeforeSendHookResponse>> GetAsync(Caller caller, BeforeSendService hook, CancellationToken cancellationToken) =>
        TypedResults.Ok(await hook.GetAsync(caller, cancellationToken));

    private static async Task<Ok<BeforeSendHookResponse>> PutAsync(PutBeforeSendHookRequest request, Caller caller, BeforeSendService hook, CancellationToken cancellationToken) =>
        TypedResults.Ok(await hook.PutAsync(caller, request, cancellationToken));

    private static async Task<NoContent> DeleteAsync(Caller caller, BeforeSendService hook, CancellationToken cancellationToken)
    {
        await hook.DeleteAsync(caller, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<BeforeSendHookResponse>> RotateAsync(RotateBeforeSendSecretRequest? request, Caller caller, BeforeSendService hook, CancellationToken cancellationToken) =>
        TypedResults.Ok(await hook.RotateSecretAsync(caller, request ?? new(), cancellationToken));

    private static async Task<Ok<BeforeSendPingResponse>> PingAsync(PingBeforeSendHookRequest? request, Caller caller, BeforeSendService hook, CancellationToken cancellationToken) =>
        TypedResults.Ok(await hook.PingAsync(caller, request ?? new(), cancellationToken));
}
