using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>Does commands: waits for what a majority has where the command asks for it, remembers the answers of retryable writes.</summary>
internal sealed class StandInCommands(StandInData data)
{
    public const string SetName = "caas-rs";
    private readonly StandInReads _reads = new(data);
    private readonly StandInWrites _writes = new(data);
    private readonly StandInChangeStreams _streams = new(data);

    public async Task<BsonDocument> ExecuteAsync(StandInCommand command, string address, int connectionId, CancellationToken cancellationToken)
    {
        switch (command.Name)
        {
            case "hello" or "isMaster" or "ismaster":
                return Hello(address, connectionId);
            case "ping" or "endSessions" or "killCursors" or "killSessions":
                _streams.Kill(command);
                return Ok();
            case "buildInfo":
                return Ok().Add("version", "8.0.0");
            case "dropDatabase":
                lock (data.Gate)
                {
                    data.Drop(command.Database);
                }

                return Ok();
            case "getMore":
                return await _streams.GetMoreAsync(command, cancellationToken);
            case "aggregate" when StandInChangeStreams.IsOne(command):
                return _streams.Open(command);
            case "find" or "aggregate":
                await WaitForReadAsync(command, cancellationToken);
                return Ok(_reads.Read(command)).Add("operationTime", command.IsMajorityRead ? data.Time.Committed : data.Time.Now);
            default:
                return await WriteAsync(command, cancellationToken);
        }
    }

    private static BsonDocument Ok(BsonDocument? reply = null) => new BsonDocument("ok", 1).Merge(reply ?? []);

    private BsonDocument Hello(string address, int connectionId) => Ok(new()
    {
        { "helloOk", true },
        { "ismaster", true },
        { "isWritablePrimary", true },
        { "secondary", false },
        { "setName", SetName },
        { "setVersion", 1 },
        { "hosts", new BsonArray { address } },
        { "primary", address },
        { "me", address },
        { "maxBsonObjectSize", 16 * 1024 * 1024 },
        { "maxMessageSizeBytes", 48_000_000 },
        { "maxWriteBatchSize", 100_000 },
        { "localTime", data.Time.Wall },
        { "logicalSessionTimeoutMinutes", 30 },
        { "connectionId", connectionId },
        { "minWireVersion", 0 },
        { "maxWireVersion", 25 },
        { "readOnly", false },
    });

    private async Task WaitForReadAsync(StandInCommand command, CancellationToken cancellationToken)
    {
        TimeSpan? timeout = command.Body.TryGetValue("maxTimeMS", out var most) ? TimeSpan.FromMilliseconds(most.ToDouble()) : null;
        var term = data.Term;
        if (command.IsMajorityRead && command.AfterClusterTime is { } after && !await data.Time.WaitCommittedAsync(after, timeout, cancellationToken))
        {
            throw StandInError.MaxTimeExpired();
        }

        ThrowIfSteppedDown(term);
    }

    private async Task<BsonDocument> WriteAsync(StandInCommand command, CancellationToken cancellationToken)
    {
        BsonDocument reply;
        BsonTimestamp time;
        int term;
        lock (data.Gate)
        {
            reply = command.Transaction is { } transaction ? data.Once(transaction, () => Ok(_writes.Write(command))) : Ok(_writes.Write(command));
            (time, term) = (data.Time.Now, data.Term);
        }

        reply["operationTime"] = time;
        if (command.IsMajorityWrite)
        {
            TimeSpan? timeout = command.Body["writeConcern"].AsBsonDocument.TryGetValue("wtimeout", out var most) ? TimeSpan.FromMilliseconds(most.ToDouble()) : null;
            if (!await data.Time.WaitCommittedAsync(time, timeout, cancellationToken))
            {
                ((StandInFault.Change)StandInFault.WriteConcernError()).Reply(reply);
            }

            ThrowIfSteppedDown(term);
        }

        return reply;
    }

    private void ThrowIfSteppedDown(int term)
    {
        if (data.Term != term)
        {
            throw new StandInError(11602, "InterruptedDueToReplStateChange", "operation was interrupted", "RetryableWriteError");
        }
    }
}
