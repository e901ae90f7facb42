using Caas.Contracts;
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
    /// <summary>So often it is kept on record that a call goes on: its duration is known to within this, should all else be lost.</summary>
    public static readonly TimeSpan KeepEvery = TimeSpan.FromMinutes(1);

    private const int MostTries = 100;

    /// <summary>How long whoever ended a call has to write it before others do.</summary>
    private static readonly TimeSpan ToWrite = TimeSpan.FromSeconds(5);

    public CallTimes Times => options.Value.Times;

    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <exception cref="RefusedException"><c>call_not_found</c>, also when it is over.</exception>
    public async Task<CallState> RequireAsync(CallKey call, CancellationToken cancellationToken) =>
        await directory.FindAsync(call, cancellationToken) is { EndedAt: null } found ? found : throw Refusal.CallNotFound.AsException();

    /// <summary>Keeps a new call and writes that it began; then it is told. Of one that is pretended nothing is written.</summary>
    /// <returns>Null: the conversation has one already.</returns>
    /// <exception cref="RefusedException"><c>busy</c>, <c>unavailable</c>.</exception>
    public async Task<CallState?> AddAsync(CallStep step, bool tell, CancellationToken cancellationToken)
    {
        switch (await directory.TryAddAsync(step.Call, CallMachine.Due(step.Call, Times), cancellationToken))
        {
            case { Status: CallWriteStatus.Busy } busy:
                throw await BusyAsync(step.Call, busy.Other, cancellationToken);
            case { Status: not CallWriteStatus.Written }:
                return null;
        }

        try
        {
            await (step.Call.Pretended ? Task.CompletedTask : log.StartedAsync(step.Call, CancellationToken.None));
        }
        catch
        {
            // Nothing rings that is not on record. Should it be on record all the same, its end is written by the sweep.
            await directory.DeleteAsync(step.Call.Key(), CancellationToken.None);
            throw;
        }

        if (tell)
        {
            Tell(step.Call, step.News);
        }

        return step.Call;
    }

    /// <summary>
    /// Rings once more for a call whose caller calls again: the process that kept it died, or gave up waiting, before it was on record and told.
    /// </summary>
    /// <param name="moved">The caller is on another device than before: whether the call was told is not known.</param>
    public async Task RepeatAsync(CallState call, bool moved, CancellationToken cancellationToken)
    {
        if (!call.Pretended && (moved || !await log.IsOnRecordAsync(call, cancellationToken)))
        {
            await log.StartedAsync(call, CancellationToken.None);
            Tell(call, [.. call.Places.Where(place => place.State == CallParticipantState.Ringing).Select(place => new CallNews([place.User], new CallRinging(call.Id, call.Conversation, call.StartedBy, call.Media)))]);
        }
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

            switch (await PutAsync(step))
            {
                case { Status: CallWriteStatus.Written }:
                    // Of one that is pretended nothing is written that says how it ended: it stays until everybody has heard, and the sweep forgets it.
                    if (step.Call is { EndedAt: not null, Pretended: false })
                    {
                        await TryFinishAsync(step.Call);
                    }
                    else if (!Who(step.Call).SequenceEqual(Who(call)))
                    {
                        await KeepAsync(step.Call);
                    }

                    return step.Call;
                case { Status: CallWriteStatus.Busy } busy:
                    throw await BusyAsync(step.Call, busy.Other, CancellationToken.None);
            }
        }

        throw TooMuch();
    }

    /// <summary>Takes an erased user out of a call, and puts the pseudonym in the id's place: also where the call is over and that is still to be written, which is done then.</summary>
    /// <exception cref="RefusedException"><c>unavailable</c>.</exception>
    /// <exception cref="StoreUnavailableException">Try again: until this has gone through, the call's end may name the user.</exception>
    public async Task RenameAsync(CallKey key, UserId user, string pseudonym, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MostTries; attempt++)
        {
            if (await directory.FindAsync(key, cancellationToken) is not { } call)
            {
                return;
            }

            var step = CallMachine.Rename(call, user.Value, pseudonym, Times, Now);
            if (ReferenceEquals(step.Call, call) || (await PutAsync(step)).Status == CallWriteStatus.Written)
            {
                await (step.Call.EndedAt is not null ? FinishAsync(step.Call) : Task.CompletedTask);
                return;
            }
        }

        throw TooMuch();
    }

    /// <summary>Writes that a call began and is over, and forgets it.</summary>
    public async Task FinishAsync(CallState call)
    {
        if (await log.HasPlaceAsync(call, CancellationToken.None))
        {
            await log.StartedAsync(call, CancellationToken.None);
            await log.EndedAsync(call, CancellationToken.None);
        }

        await directory.DeleteAsync(call.Key(), CancellationToken.None);
    }

    /// <summary>Keeps on record how a call is. What cannot be kept now is with the next change, or after a while.</summary>
    public async Task KeepAsync(CallState call)
    {
        try
        {
            await (call.Pretended ? Task.CompletedTask : log.GoesOnAsync(call, Now, CancellationToken.None));
        }
        catch (StoreUnavailableException exception)
        {
            LogNotKept(exception, call.Id);
        }
    }

    /// <summary>A call of which nothing is kept any more is over.</summary>
    public void TellLost(CallState call, CallEnded ended) => teller.Tell(call.Tenant, [new([.. call.Places.Where(place => place.IsPresent()).Select(place => place.User)], ended)]);

    /// <summary>Those who are in a call.</summary>
    private static IEnumerable<string> Who(CallState call) => call.Places.Where(place => place.IsIn()).Select(place => place.User);

    private static RefusedException TooMuch() => Refusal.Unavailable.With("Too much happens in this call at the same moment; try again.");

    /// <summary>Replaces the version before, and tells.</summary>
    private async Task<CallWrite> PutAsync(CallStep step)
    {
        var written = await directory.TryReplaceAsync(step.Call, step.Call.EndedAt is not null ? Now + ToWrite : CallMachine.Due(step.Call, Times), CancellationToken.None);
        if (written.Status == CallWriteStatus.Written)
        {
            Tell(step.Call, step.News);
        }

        return written;
    }

    /// <summary>Of a call that is pretended only its caller hears.</summary>
    private void Tell(CallState call, IReadOnlyList<CallNews> news) =>
        teller.Tell(call.Tenant, call.Pretended ? [.. news.Where(one => one.To.Contains(call.StartedBy)).Select(one => one with { To = [call.StartedBy] })] : news);

    /// <summary>In which other call the user is, who may have lost the connection to it and not know.</summary>
    private async Task<RefusedException> BusyAsync(CallState call, string? user, CancellationToken cancellationToken) =>
        user is not null && (await directory.OfUserAsync(new(call.Tenant), new(user), cancellationToken)).FirstOrDefault(one => one.IsIn && one.CallId != call.Id) is { } other
            ? Refusal.Busy.With($"You are in call {other.CallId}: leave it, or come back to it.")
            : Refusal.Busy.AsException();

    private async Task TryFinishAsync(CallState call)
    {
        try
        {
            await FinishAsync(call);
        }
#pragma warning disable CA1031 // It is over, and everybody was told: the sweep writes it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotWritten(exception, call.Id);
        }
    }

    [LoggerMessage(1505, LogLevel.Warning, "Who is in call {CallId} could not be kept on record.")]
    private partial void LogNotKept(Exception exception, string callId);

    [LoggerMessage(1501, LogLevel.Warning, "The end of call {CallId} could not be written; it is tried again.")]
    private partial void LogNotWritten(Exception exception, string callId);
}
