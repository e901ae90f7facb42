using Caas.Contracts;
using Caas.Core.BeforeSend;
using Caas.Core.Blocklists;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Polls;
using Caas.Core.SlowMode;
using Caas.Core.Spam;
using Caas.Core.Usage;

namespace Caas.Core.Moderation;

/// <summary>Judges what users write before it is stored. What was stored is not judged again: who sends it once more gets the first answer, whatever was forbidden meanwhile.</summary>
public sealed class MessageScreen(IEntryStore entries, BlocklistFilter blocklist, SpamGate spam, SlowModeGate slowMode, BeforeSendGate hook, MessageUsage usage, TimeProvider clock)
{
    /// <summary>Sends a message that counts once for what is spam, however often it has to be tried.</summary>
    public Task<T> OnceAsync<T>(Func<SpamCount, Task<T>> send) => spam.OnceAsync(send);

    /// <summary>What may be stored of a message: it as it is, or masked.</summary>
    /// <param name="clientId">The message's.</param>
    /// <param name="count">Gets as what it counts.</param>
    /// <exception cref="RefusedException"><c>quota_exceeded</c>, <c>content_blocked</c>, <c>spam_detected</c>; <c>validation_failed</c> for a poll that is closed already.</exception>
    public async ValueTask<SendMessageRequest> JudgeAsync(Caller caller, Standing standing, SendMessageRequest request, string? clientId, SpamCount count, CancellationToken cancellationToken)
    {
        var screened = request;
        await UnlessStoredAsync(caller, standing, clientId, JudgeAsync, cancellationToken);
        return screened;

        async ValueTask JudgeAsync()
        {
            PollRules.RequireOpen(request.Poll, clock.GetUtcNow());
            await usage.RequireAsync(caller, cancellationToken);
            var masked = await MaskAsync(caller, request, cancellationToken);
            await spam.RequireAsync(caller, standing, request, count, cancellationToken);
            screened = masked;
        }
    }

    /// <summary>The last judge is the tenant's backend, where it wants to be asked.</summary>
    /// <param name="change">Makes of what it says what can be stored.</param>
    /// <exception cref="RefusedException"><c>rejected_by_hook</c>, <c>unavailable</c>, <c>content_blocked</c>.</exception>
    public ValueTask<T> AskAsync<T>(BeforeSendCall call, T asItIs, Func<BeforeSendChange, Task<T>> change, CancellationToken cancellationToken) => hook.AskAsync(call, asItIs, change, cancellationToken);

    /// <summary>What may be stored of a message that the tenant's backend has changed.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>content_blocked</c>.</exception>
    public ValueTask<SendMessageRequest> JudgeChangedAsync(Caller caller, SendMessageRequest request, CancellationToken cancellationToken)
    {
        MessageRules.Require(request, clientId: null);
        return MaskAsync(caller, request, cancellationToken);
    }

    /// <summary>What may be stored of an edited text that the tenant's backend has changed.</summary>
    /// <exception cref="RefusedException"><c>content_blocked</c>.</exception>
    public async ValueTask<string?> JudgeChangedAsync(Caller caller, string? text, CancellationToken cancellationToken) => (await blocklist.ApplyAsync(caller, [text], cancellationToken))[0];

    /// <summary>What may be stored of an edited text.</summary>
    /// <exception cref="RefusedException"><c>content_blocked</c>, <c>spam_detected</c>.</exception>
    public async ValueTask<string?> JudgeAsync(Caller caller, Standing standing, string? text, CancellationToken cancellationToken)
    {
        await spam.RequireEditAsync(caller, standing, text, cancellationToken);
        return await JudgeChangedAsync(caller, text, cancellationToken);
    }

    /// <summary>The last step before a message is stored: what is refused otherwise takes no turn.</summary>
    /// <exception cref="RefusedException"><c>slow_mode</c>.</exception>
    public ValueTask TakeTurnAsync(Caller caller, Standing standing, string? clientId, CancellationToken cancellationToken) =>
        UnlessStoredAsync(caller, standing, clientId, () => slowMode.TakeTurnAsync(caller, standing, clientId, cancellationToken), cancellationToken);

    /// <summary>Every judgement goes through here: what it refuses is let through where it is stored already.</summary>
    private async ValueTask UnlessStoredAsync(Caller caller, Standing standing, string? clientId, Func<ValueTask> judge, CancellationToken cancellationToken)
    {
        try
        {
            await judge();
        }
        catch (RefusedException) when (clientId is not null)
        {
            if (await entries.FindByClientIdAsync(LogId.Of(caller.Tenant, standing.Conversation.Id), caller.User?.Value, clientId, cancellationToken) is null)
            {
                throw;
            }
        }
    }

    private async ValueTask<SendMessageRequest> MaskAsync(Caller caller, SendMessageRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<string?> texts = request.Poll is { } poll ? [request.Text, poll.Question, .. poll.Options] : [request.Text];
        var masked = await blocklist.ApplyAsync(caller, texts, cancellationToken);
        return ReferenceEquals(masked, texts) ? request : request with
        {
            Text = masked[0],
            Poll = request.Poll is null ? null : request.Poll with { Question = masked[1], Options = [.. masked.Skip(2).Select(option => option!)] },
        };
    }
}
