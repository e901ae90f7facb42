using Caas.Core.Entries;
using Caas.Core.Json;

namespace Caas.Adapters.MongoDb.Entries;

/// <summary>A draft on its way into its log.</summary>
internal sealed class PendingAppend(EntryDraft draft, long enqueuedAt)
{
    private readonly TaskCompletionSource<AppendOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EntryDraft Draft { get; } = draft;

    public string? Data { get; } = MongoJson.Write(draft.Data);

    public string? Message { get; } = draft.Message is { } message ? MongoJson.Write(message, CoreJsonContext.Default.MessageState) : null;

    /// <summary>A timestamp of the clock.</summary>
    public long EnqueuedAt { get; } = enqueuedAt;

    /// <summary>Roughly how many bytes its document takes.</summary>
    public int Size => 1024 + (3 * ((Data?.Length ?? 0) + (Message?.Length ?? 0)));

    /// <summary>Its caller has gone: when it was not sent yet, it need not be.</summary>
    public bool IsAbandoned { get; set; }

    public Task<AppendOutcome> Outcome => _outcome.Task;

    public void Settle(AppendOutcome outcome) => _outcome.TrySetResult(outcome);

    public void Fail(Exception exception)
    {
        _outcome.TrySetException(exception);
        _ = _outcome.Task.Exception; // observed here: its caller may have gone
    }
}
