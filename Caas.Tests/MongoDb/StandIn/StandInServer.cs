using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>
/// A stand-in for the primary of a replica set, so that the real driver sends its real commands over a real socket: every command is recorded, faults are injected
/// between the socket and the data, and <see cref="StandInData"/> does in memory what the adapter's commands ask for. It knows nothing that the adapter does not use.
/// </summary>
internal sealed class StandInServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<TcpClient, Task> _connections = new();
    private readonly Lock _lock = new();
    private readonly List<StandInCommand> _commands = [];
    private readonly List<(Func<StandInCommand, bool> When, StandInFault Fault, TaskCompletionSource<StandInCommand> Hit)> _faults = [];
    private readonly StandInCommands _handler;
    private readonly Task _accepting;
    private int _connectionId;

    public StandInServer(TimeProvider? clock = null)
    {
        Data = new StandInData(clock ?? TimeProvider.System);
        _handler = new StandInCommands(Data);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public StandInData Data { get; }

    public string Address => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public string ConnectionString => $"mongodb://{Address}/?replicaSet={StandInCommands.SetName}&serverSelectionTimeoutMS=5000&heartbeatFrequencyMS=1000";

    /// <summary>Asked for every command but house-keeping: what goes wrong with it, or null.</summary>
    public Func<StandInCommand, StandInFault?>? Rule { get; set; }

    /// <summary>How long a command is on its way, before it is done and afterwards; null: no time.</summary>
    public Func<StandInCommand, (TimeSpan There, TimeSpan Back)>? Latency { get; set; }

    /// <summary>All commands so far but the driver's house-keeping, in the order of their arrival.</summary>
    public IReadOnlyList<StandInCommand> Commands
    {
        get
        {
            lock (_lock)
            {
                return [.. _commands];
            }
        }
    }

    /// <summary>Forgets the commands so far.</summary>
    public void ClearCommands()
    {
        lock (_lock)
        {
            _commands.Clear();
        }
    }

    /// <summary>Lets the next command that fits go wrong.</summary>
    /// <returns>Ends when that command has come.</returns>
    public Task<StandInCommand> Next(Func<StandInCommand, bool> when, StandInFault fault)
    {
        var hit = new TaskCompletionSource<StandInCommand>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _faults.Add((when, fault, hit));
        }

        return hit.Task;
    }

    /// <inheritdoc cref="Next(Func{StandInCommand, bool}, StandInFault)"/>
    public Task<StandInCommand> Next(string command, StandInFault fault) => Next(sent => sent.Name == command, fault);

    /// <summary>Cuts all connections, as a server does that dies or steps down.</summary>
    public void CutAll()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        CutAll();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                client.NoDelay = true;
                _connections[client] = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // stopped
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        var (id, application) = (Interlocked.Increment(ref _connectionId), "");
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                while (await WireMessage.ReadAsync(stream, _stop.Token) is { } message)
                {
                    if (message.Body.TryGetValue("client", out var introduction))
                    {
                        application = (BsonPath.Get(introduction.AsBsonDocument, "application.name") ?? "").AsString;
                    }

                    if (await AnswerAsync(new StandInCommand(message.Body, application), id) is not { } reply)
                    {
                        return;
                    }

                    await stream.WriteAsync(message.Reply(reply), _stop.Token);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // the other side has gone, or we go
        }
        finally
        {
            _connections.TryRemove(client, out _);
        }
    }

    /// <returns>Null: cut the connection.</returns>
    private async Task<BsonDocument?> AnswerAsync(StandInCommand command, int connectionId)
    {
        var (there, back) = command.IsHousekeeping ? default : Latency?.Invoke(command) ?? default;
        await DelayAsync(there);
        var fault = Note(command);
        if (fault is StandInFault.CutBefore)
        {
            return null;
        }

        if (fault is StandInFault.Hold hold)
        {
            await hold.Until.WaitAsync(_stop.Token);
        }

        var reply = fault is StandInFault.Answer answer ? answer.Reply.DeepClone().AsBsonDocument : await ExecuteAsync(command, connectionId);
        if (fault is StandInFault.Change change)
        {
            change.Reply(reply);
        }

        await DelayAsync(back);
        return fault is StandInFault.CutAfter ? null : Data.Time.Stamp(reply);
    }

    private Task DelayAsync(TimeSpan time) => time > TimeSpan.Zero ? Task.Delay(time, _stop.Token) : Task.CompletedTask;

    private StandInFault? Note(StandInCommand command)
    {
        if (command.IsHousekeeping)
        {
            return null;
        }

        lock (_lock)
        {
            _commands.Add(command);
            if (Rule?.Invoke(command) is { } ruled)
            {
                return ruled;
            }

            var at = _faults.FindIndex(fault => fault.When(command));
            if (at < 0)
            {
                return null;
            }

            var (_, fault, hit) = _faults[at];
            _faults.RemoveAt(at);
            hit.TrySetResult(command);
            return fault;
        }
    }

    private async Task<BsonDocument> ExecuteAsync(StandInCommand command, int connectionId)
    {
        try
        {
            return await _handler.ExecuteAsync(command, Address, connectionId, _stop.Token);
        }
        catch (StandInError error)
        {
            return error.Reply;
        }
    }
}
