using System.Net.Sockets;
using Caas.Core.Entries;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb;

/// <summary>Tells what the driver's exceptions mean to a port.</summary>
internal static class MongoFaults
{
    private const int DuplicateKey = 11000;

    /// <summary>
    /// Whatever the driver throws and the caller did not expect: a lost connection, no primary, a deadline, a majority that did not answer. Nothing is known of a write then.
    /// </summary>
    public static bool IsUnavailable(Exception exception) => exception is MongoException or TimeoutException or IOException or SocketException;

    public static StoreUnavailableException AsUnavailable(string what, Exception exception) =>
        new($"MongoDB could not {what}: {exception.GetType().Name}.", exception);

    /// <summary>A single write was refused by a unique index, and nothing else is wrong with it.</summary>
    public static bool IsDuplicate(MongoWriteException exception) => exception is { WriteError.Code: DuplicateKey, WriteConcernError: null };

    /// <summary>A findAndModify was refused by a unique index.</summary>
    public static bool IsDuplicate(MongoCommandException exception) => exception.Code == DuplicateKey;

    /// <summary>A change stream cannot go on from its position: the oplog has moved on (ChangeStreamHistoryLost, ChangeStreamFatalError), or the token is none (InvalidResumeToken).</summary>
    public static bool IsPositionLost(MongoCommandException exception) => exception.Code is 286 or 280 or 260;

    /// <summary>The only thing wrong with a bulk write is that unique indexes refused some of it: all else of it is done and acknowledged by a majority.</summary>
    public static bool IsDuplicates(MongoBulkWriteException exception) =>
        exception.WriteConcernError is null && exception.WriteErrors.Count > 0 && exception.WriteErrors.All(error => error.Code == DuplicateKey);
}
