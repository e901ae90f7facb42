using Caas.Core.Entries;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Calls;

/// <summary>
/// How a call changes: read it, ask <see cref="CallMachine"/>, compare and set, tell. Who loses the race reads again. One that is over stays, and due, until its end is written: should this process
/// die before, the sweep of another one writes it.
/// </summary>
public sealed partial class CallChanges(ICallDirectory directory, CallLog log, CallTeller teller, IOptions<CallOptions> options, TimeProvider clock, ILogger<CallChanges> logger)
{
    private const int MostTries = 100;

    /// <summary>How long whoever ended a call has to write it before others do.</summary>
    private static readonly TimeSpan ToWrite = TimeSpan.FromSeconds(5);

    public CallTimes Times => options.Value.Times;

    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <exception cref="RefusedException"><c>call_not_found</c>, also when it is over.</exception>
    public async Task<CallState> RequireAsync(CallKey call, CancellationToken cancellationToken) =>
        await directory.FindAsync(call, cancellationToken) is { EndedAt: null } found ? found : throw Refusal.CallNotFound.AsException();

    /// <summary>Keeps a new call and writes that it began; then it is told.</summary>
    /// <returns>Null: the conversation has one already.</returns>
    /// <exception cref="RefusedException"><c>busy</c>, <c>unavailable</c>.</exception>
    public async Task<CallState?> AddAsync(CallStep step, bool tell, CancellationToken cancellationToken)
    {
        switch ((await directory.TryAddAsync(step.Call, CallMachine.Due(step.Call, Times), cancellationToken)).Status)
        {
            case CallWriteStatus.Busy:
                throw Refusal.Busy.AsException();
            case not CallWriteStatus.Written:
                return null;
        }

        try
        {
            await log.StartedAsync(step.Call, CancellationToken.None);
        }
        catch
        {
            // Nothing rings that is not on record. Should it be on record all the same, its end is written by the sweep.
            await directory.DeleteAsync(step.Call.Key(), CancellationToken.None);
            throw;
        }

        if (tell)
        {
            teller.Tell(step.Call.Tenant, step.News);
        }

        return step.Call;
    }

    /// <summary>Changes a call.</summary>
    /// <returns>The call after it; as it was where nothing changes.</returns>
    /// <exception cref="RefusedException"><c>call_not_found</c>; <c>busy</c>; <c>unavailable</c>.</exception>
    public async Task<CallState> ChangeAsync(CallKey key, Func<CallState, CallStep> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MostTries; attempt++)
        {
            var call = await RequireAsync(key, cancellationToken);
            var step = change(call);
            if (ReferenceEquals(step.Call, call))
            {
                return call;
            }

            var due = step.Call.EndedAt is not null ? Now + ToWrite : CallMachine.Due(step.Call, Times);
            switch ((await directory.TryReplaceAsync(step.Call, due, CancellationToken.None)).Status)
            {
                case CallWriteStatus.Written:
                    teller.Tell(step.Call.Tenant, step.News);
                    if (step.Call.EndedAt is not null)
                    {
                        await TryFinishAsync(step.Call);
                    }

                    return step.Call;
                case CallWriteStatus.Busy:
                    throw Refusal.Busy.AsException();
            }
        }

        throw Refusal.Unavailable.With("Too much happens in this call at the same moment; try again.");
    }

    /// <summary>Writes that a call began and is over, and forgets it.</summary>
    public async Task FinishAsync(CallState call)
    {
        await log.StartedAsync(call, CancellationToken.None);
        await log.EndedAsync(call, CancellationToken.None);
        await directory.DeleteAsync(call.Key(), CancellationToken.None);
    }

    private async Task TryFinishAsync(CallState call)
    {
        try
        {
            await FinishAsync(call);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or RefusedException)
        {
            // It is over, and everybody was told: the sweep writes it.
            LogNotWritten(exception, call.Id);
        }
    }

    [LoggerMessage(1501, LogLevel.Warning, "The end of call {CallId} could not be written; it is tried again.")]
    private partial void LogNotWritten(Exception exception, string callId);
}
