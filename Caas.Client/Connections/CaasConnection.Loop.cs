using Microsoft.Extensions.Logging;

namespace Caas.Client;

/// <summary>The connection's life: one wire after the other.</summary>
public sealed partial class CaasConnection
{
    /// <summary>A connection that ends sooner has not healed what ended the one before.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);

    /// <summary>So many fresh tokens in a row may be refused.</summary>
    private const int MostRefusedTokens = 2;

    private async Task RunAsync()
    {
        var stopping = _stopping.Token;
        var (attempt, refusedTokens) = (0, 0);
        StateChange? trouble = null;
        try
        {
            while (true)
            {
                await PauseAsync(attempt, trouble, stopping);
                Wire? wire = null;
                try
                {
                    wire = await OpenAsync(fresh: refusedTokens > 0, stopping);
                }
                catch (CaasException refused) when (Codes.EndsConnection(refused.Code) || (Codes.WantsToken(refused.Code) && ++refusedTokens > MostRefusedTokens))
                {
                    End(refused);
                    return;
                }
#pragma warning disable CA1031 // Of whatever kind: it is told, and tried again.
                catch (Exception failure) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    attempt++;
                    trouble = Trouble(failure);
                    LogFailed(attempt, failure.Message);
                    continue;
                }

                refusedTokens = 0;
                var since = _options.TimeProvider.GetTimestamp();
                var end = await ServeAsync(wire, stopping);
                if (Codes.EndsConnection(end.Code))
                {
                    End(new(end.Code, end.Detail));
                    return;
                }

                refusedTokens = Codes.WantsToken(end.Code) ? 1 : 0;
                attempt = end.Code == Wire.DrainingCode || _options.TimeProvider.GetElapsedTime(since) >= Settled ? 0 : attempt + 1;
                trouble = new(ConnectionState.Reconnecting, end.Code, end.Detail);
                LogLost(end.Code, end.Detail);
            }
        }
#pragma warning disable CA1031 // Whatever the token source, the transport or a delay makes of being stopped.
        catch (Exception) when (stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            // Disposed.
        }
#pragma warning disable CA1031 // Such as a ReconnectDelay that throws: told, never silent.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            End(new(ClientCodes.Fault, fault.Message, fault));
        }
    }

    private async Task PauseAsync(int attempt, StateChange? trouble, CancellationToken stopping)
    {
        var wait = _options.ReconnectDelay(attempt);
        if (trouble is null)
        {
            Say(new(ConnectionState.Connecting));
            return;
        }

        // Those who were all told the same time do not come at the same time.
        wait = trouble.RetryIn > wait ? trouble.RetryIn.Value * (1 + (Random.Shared.NextDouble() / 2)) : wait;
        Say(trouble with { State = State.State == ConnectionState.Connecting ? ConnectionState.Connecting : ConnectionState.Reconnecting, RetryIn = wait, Attempt = attempt });
        await Task.Delay(wait, _options.TimeProvider, stopping);
    }

    private async Task<Wire> OpenAsync(bool fresh, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(_options.ConnectTimeout, _options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        Wire? wire = null;
        try
        {
            wire = new(_options, await _tokens.GetAsync(fresh, both.Token), this);
            await wire.StartAsync(both.Token).WaitAsync(both.Token);
            return wire;
        }
        catch (OperationCanceledException late) when (patience.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            Close(wire);
            throw new TimeoutException($"It did not connect within {_options.ConnectTimeout.TotalSeconds:0.#} s.", late);
        }
        catch
        {
            Close(wire);
            throw;
        }
    }

    /// <summary>Uses a wire until it ends.</summary>
    private async Task<WireEnd> ServeAsync(Wire wire, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        lock (_gate)
        {
            if (_wire.TrySetResult(wire))
            {
                _current = wire;
            }
        }

        _joins.AddAll(Conversations());
        _marks.Reconnected();
        Say(new(ConnectionState.Connected));
        var joining = _joins.RunAsync(wire, ended.Token);
        var keeping = KeepTokenAsync(wire, ended.Token);
        var resuming = ResumePresenceAsync(wire, ended.Token);
        try
        {
            return await wire.Ended.WaitAsync(stopping);
        }
        finally
        {
            await ended.CancelAsync();
            _ = WireAsync();
            Close(wire);
            await Task.WhenAll(joining, keeping, resuming).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Gives the server a fresh token before the one in use ends.</summary>
    private async Task KeepTokenAsync(Wire wire, CancellationToken ended)
    {
        for (var failures = 0; _tokens.DueIn is { } due;)
        {
            var wait = failures > 0 ? Backoff.After(failures + 3) : due;
            await Task.Delay(wait > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : wait < TimeSpan.Zero ? TimeSpan.Zero : wait, _options.TimeProvider, ended);
            if (failures == 0 && _tokens.DueIn > TimeSpan.Zero)
            {
                continue;
            }

            try
            {
                await wire.CallAsync<object?>("Authenticate", await _tokens.GetAsync(fresh: true, ended));
                failures = 0;
                LogRefreshed();
            }
            catch (CaasException refused) when (Codes.EndsConnection(refused.Code))
            {
                wire.End(new(refused.Code, refused.Detail));
                return;
            }
#pragma warning disable CA1031 // The server goes on with the old token for a while; the reconnect after that needs a new one too.
            catch (Exception failure) when (!ended.IsCancellationRequested)
#pragma warning restore CA1031
            {
                failures++;
                LogNotRefreshed(failure.Message);
            }
        }
    }

    /// <summary>Ends for good.</summary>
    private void End(CaasException reason)
    {
        lock (_gate)
        {
            if (_state.State == ConnectionState.Ended)
            {
                return;
            }

            if (_wire.Task.IsCompleted)
            {
                _wire = NewWire();
            }

            // In the lock: a wire that opens in this moment must not take the place of the reason.
            _current = null;
            _wire.SetException(reason);
            _ = _wire.Task.Exception;
        }

        Say(new(ConnectionState.Ended, reason.Code, reason.Detail));
        _sends.End(reason);
        foreach (var conversation in Conversations())
        {
            conversation.End(reason);
        }
    }

    private void Say(StateChange state)
    {
        lock (_saying)
        {
            lock (_gate)
            {
                if (_state.State == ConnectionState.Ended)
                {
                    return;
                }

                _state = state;
                foreach (var listener in _listeners)
                {
                    listener.Writer.TryWrite(state);
                }
            }

            try
            {
                StateChanged?.Invoke(state);
            }
#pragma warning disable CA1031 // A listener's fault is the listener's; the connection goes on.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                LogListenerFault(fault);
            }
        }
    }

    /// <summary>Lets a wire go, without waiting: a dead one may take its time.</summary>
    private void Close(Wire? wire)
    {
        if (wire is not null)
        {
            _closing = Task.WhenAll(_closing, wire.DisposeAsync().AsTask());
        }
    }

    private static StateChange Trouble(Exception failure) => failure is CaasException refused
        ? new(ConnectionState.Reconnecting, refused.Code, refused.Detail, refused.RetryAfter)
        : new(ConnectionState.Reconnecting, ClientCodes.Unreachable, failure.Message);

    [LoggerMessage(9101, LogLevel.Information, "Connecting failed {Attempt} times in a row: {Reason}")]
    private partial void LogFailed(int attempt, string reason);

    [LoggerMessage(9102, LogLevel.Information, "The connection was lost ({Code}): {Detail}")]
    private partial void LogLost(string code, string detail);

    [LoggerMessage(9103, LogLevel.Debug, "The token was replaced.")]
    private partial void LogRefreshed();

    [LoggerMessage(9105, LogLevel.Error, "A listener of StateChanged failed.")]
    private partial void LogListenerFault(Exception fault);

    [LoggerMessage(9104, LogLevel.Warning, "The token could not be replaced: {Reason}")]
    private partial void LogNotRefreshed(string reason);
}
