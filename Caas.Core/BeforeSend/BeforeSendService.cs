using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Messages;
using Caas.Core.Secrets;
using Caas.Core.Tenants;
using Caas.Core.Timed;
using Caas.Core.Webhooks;

namespace Caas.Core.BeforeSend;

/// <summary>The tenant's before-send hook, for its backend. A change counts everywhere within 5 s.</summary>
public sealed class BeforeSendService(TenantWriter writer, SecretSealer sealer, BeforeSendRules rules, BeforeSendLines lines, IdGenerator ids, TimeProvider clock)
{
    private const string Test = "test";

    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>before_send_hook_not_found</c>.</exception>
    public async Task<BeforeSendHookResponse> GetAsync(Caller caller, CancellationToken cancellationToken) =>
        View(await RequireAsync(caller.RequireBackend(Scopes.WebhooksRead), cancellationToken));

    /// <summary>Sets it, or sets it otherwise; the same once more changes nothing.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<BeforeSendHookResponse> PutAsync(Caller caller, PutBeforeSendHookRequest request, CancellationToken cancellationToken)
    {
        var id = RequireJudge(caller);
        rules.Check(request).ThrowIfAny();
        var (hook, failure) = ((await writer.RequireAsync(id, cancellationToken)).BeforeSend, request.OnFailure ?? BeforeSendFallback.Allow);
        if (hook is not null)
        {
            new Validation().Check(request.Secret is null, "secret", "is given when the hook is first set; POST …/rotate-secret changes it").ThrowIfAny();
            return (hook.Url, hook.TimeoutMs, hook.OnFailure) == (request.Url, request.TimeoutMs, failure)
                ? View(hook)
                : View(await SaveAsync(new(caller.Actor, request.Url, request.TimeoutMs, failure, null)));
        }

        var secret = request.Secret ?? WebhookSignature.NewSecret();
        var kept = await SealAsync(id, secret, cancellationToken);
        var saved = await SaveAsync(new(caller.Actor, request.Url, request.TimeoutMs, failure, kept));
        return View(saved, saved.Secret.Sealed == kept.Sealed ? secret : null); // Of two that set it at the same moment the first one's secret counts.

        async Task<BeforeSendHook> SaveAsync(BeforeSendHookChangedData data) =>
            (await writer.AppendAsync(caller, id, SystemEntryTypes.BeforeSendHookChanged, data, IdentityJsonContext.Default.BeforeSendHookChangedData, cancellationToken)).BeforeSend ?? throw Refusal.BeforeSendHookNotFound.AsException();
    }

    /// <summary>Takes it away: nothing is asked any more. Of none nothing changes.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task DeleteAsync(Caller caller, CancellationToken cancellationToken)
    {
        var id = RequireJudge(caller);
        if ((await writer.RequireAsync(id, cancellationToken)).BeforeSend is not null)
        {
            await writer.AppendAsync(caller, id, SystemEntryTypes.BeforeSendHookDeleted, new(caller.Actor), IdentityJsonContext.Default.BeforeSendHookDeletedData, cancellationToken);
        }
    }

    /// <summary>Gives it a new secret; until the grace is over everything is signed with the one before too.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>before_send_hook_not_found</c>.</exception>
    public async Task<BeforeSendHookResponse> RotateSecretAsync(Caller caller, RotateBeforeSendSecretRequest request, CancellationToken cancellationToken)
    {
        var id = RequireJudge(caller);
        BeforeSendRules.Check(request).ThrowIfAny();
        await RequireAsync(id, cancellationToken);
        var (secret, until) = (request.Secret ?? WebhookSignature.NewSecret(), TimedRules.Whole(clock.GetUtcNow() + TimeSpan.FromSeconds(request.GraceSeconds ?? WebhookService.DefaultGraceSeconds)));
        var data = new BeforeSendHookSecretRotatedData(caller.Actor, until, await SealAsync(id, secret, cancellationToken));
        var hook = (await writer.AppendAsync(caller, id, SystemEntryTypes.BeforeSendHookSecretRotated, data, IdentityJsonContext.Default.BeforeSendHookSecretRotatedData, cancellationToken)).BeforeSend;
        return View(hook ?? throw Refusal.BeforeSendHookNotFound.AsException(), secret);
    }

    /// <summary>Asks it about a message that nobody sends.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>before_send_hook_not_found</c>.</exception>
    public async Task<BeforeSendPingResponse> PingAsync(Caller caller, PingBeforeSendHookRequest request, CancellationToken cancellationToken)
    {
        var id = RequireJudge(caller);
        var text = request.Text ?? "ping";
        MessageRules.Require(new SendMessageRequest(text), clientId: null);
        var hook = await RequireAsync(id, cancellationToken);
        var data = new BeforeSendData(id.Value, Test, ConversationType.Group, Test, MemberRole.Member, null, null, new(text, [], [], null, null, null, null), Test: true);
        var began = clock.GetTimestamp();
        var verdict = await lines.TryAsync(hook, $"bs_{Test}_{ids.Next()}", data, cancellationToken);
        return new(verdict.Outcome, (long)clock.GetElapsedTime(began).TotalMilliseconds, verdict.Status, verdict.Error, verdict.Reason, verdict.Change);
    }

    /// <summary>It reads and changes what users write: a key that may look after webhooks alone does not set it.</summary>
    private static TenantId RequireJudge(Caller caller)
    {
        caller.RequireBackend(Scopes.WebhooksWrite);
        return caller.RequireBackend(Scopes.ModerationWrite);
    }

    private async Task<BeforeSendHook> RequireAsync(TenantId id, CancellationToken cancellationToken) =>
        (await writer.RequireAsync(id, cancellationToken)).BeforeSend ?? throw Refusal.BeforeSendHookNotFound.AsException();

    private async Task<SealedSecret> SealAsync(TenantId id, string secret, CancellationToken cancellationToken) =>
        new(await sealer.SealAsync(WebhookSignature.KeyOf(secret)!, BeforeSendHook.Purpose(id), cancellationToken));

    private BeforeSendHookResponse View(BeforeSendHook hook, string? secret = null) =>
        new(hook.Url, (int)lines.LimitOf(hook).TotalMilliseconds, hook.OnFailure, hook.CreatedAt, hook.PreviousUntil > clock.GetUtcNow() ? hook.PreviousUntil : null, secret);
}
