using System.Globalization;
using Caas.Contracts;

namespace Caas.Core.BeforeSend;

/// <summary>
/// One tenant's way to its hook, in one process: so many messages at a time, so many more that wait for their turn, and a breaker. It has nothing in common with another tenant's: a slow hook
/// costs its own tenant's messages their time and nobody else's.
/// </summary>
#pragma warning disable CA1001 // A semaphore of whose handle nobody asks has nothing to give back.
internal sealed class HookLine(string url, BeforeSendOptions options, TimeProvider clock)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _turns = new(options.MaxInFlight, options.MaxInFlight);
    private readonly HookBreaker _breaker = new(options, clock);
    private int _here;
    private long _answered;

    /// <summary>Another place has its own line.</summary>
    public string Url => url;

    /// <summary>Whether its last message went wrong.</summary>
    public bool IsFailing { get; private set; }

    /// <summary>Asks when it is the message's turn; all of it within one time.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<Asked> AskAsync(TimeSpan limit, Func<CancellationToken, Task<HookVerdict>> ask, CancellationToken cancellationToken)
    {
        if (_breaker.IsPaused(out var pause))
        {
            return Paused(pause);
        }

        if (Interlocked.Increment(ref _here) > options.MaxInFlight + options.MaxWaiting)
        {
            Interlocked.Decrement(ref _here);
            return Done(Crowded(limit));
        }

        try
        {
            using var timeout = new CancellationTokenSource(limit, clock);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            return await AskAsync(limit, ask, both.Token, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _here);
        }
    }

    private async Task<Asked> AskAsync(TimeSpan limit, Func<CancellationToken, Task<HookVerdict>> ask, CancellationToken inTime, CancellationToken cancellationToken)
    {
        if (!await TakeTurnAsync(inTime, cancellationToken))
        {
            return Done(Crowded(limit));
        }

        try
        {
            // It may have failed while the message waited.
            if (!_breaker.TryEnter(out var trial, out var wait))
            {
                return Paused(wait);
            }

            var asked = clock.GetTimestamp();
            try
            {
                return Judge(await ask(inTime), trial);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && !IsSilent(asked, limit))
            {
                _breaker.GaveUp(trial);
                return Done(Crowded(limit));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return Judge(new(BeforeSendOutcome.TimedOut, Error: string.Create(CultureInfo.InvariantCulture, $"it took longer than {limit.TotalMilliseconds:0} ms")), trial);
            }
            catch
            {
                _breaker.GaveUp(trial);
                throw;
            }
        }
        finally
        {
            _turns.Release();
        }
    }

    private async ValueTask<bool> TakeTurnAsync(CancellationToken inTime, CancellationToken cancellationToken)
    {
        try
        {
            await _turns.WaitAsync(inTime);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Whether the hook is to blame for a message's time: it had nearly all of it, or gave nobody else an answer meanwhile. Otherwise the message spent it waiting for its turn.</summary>
    private bool IsSilent(long asked, TimeSpan limit) =>
        clock.GetElapsedTime(asked) >= limit * 0.9 || Interlocked.Read(ref _answered) is var answered && (answered == 0 || clock.GetElapsedTime(answered) >= limit);

    private static HookVerdict Crowded(TimeSpan limit) => new(BeforeSendOutcome.Busy, Error: "too many messages wait for it", RetryAfter: limit);

    private Asked Judge(HookVerdict verdict, bool trial)
    {
        if (!verdict.CostsTime)
        {
            Interlocked.Exchange(ref _answered, clock.GetTimestamp());
        }

        var pause = verdict.CostsTime ? _breaker.Failed(trial) : null;
        var back = !verdict.CostsTime && _breaker.Answered();
        return Done(verdict with { RetryAfter = verdict.MayPass ? pause ?? options.Pause : null }, pause, back);
    }

    private Asked Paused(TimeSpan wait) => Done(new(BeforeSendOutcome.Paused, Error: "it failed too often and is left alone for a while", RetryAfter: wait));

    private Asked Done(HookVerdict verdict, TimeSpan? pause = null, bool back = false)
    {
        var first = verdict.IsFailure && !IsFailing;
        IsFailing = verdict.IsFailure;
        return new(verdict, first, pause, back);
    }

    /// <param name="First">Whether it is the first failure since something went well.</param>
    /// <param name="Pause">For how long the hook is left alone from now on.</param>
    /// <param name="Back">Whether a pause ended by it.</param>
    internal readonly record struct Asked(HookVerdict Verdict, bool First, TimeSpan? Pause, bool Back);
}
