using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Sqlite;

/// <summary>How the SQLite stores behave.</summary>
public sealed class SqliteOptions
{
    public const string Section = "Caas:Sqlite";

    /// <summary>How long a write waits for a lock that another process holds before it fails with <c>unavailable</c>: 100 ms to 1 min. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many reads run at once, each on its own connection: 1 to 64. Default 8.</summary>
    [Range(1, 64)]
    public int ReadConnections { get; init; } = 8;

    /// <summary>
    /// For one transaction, how long work may go on before it is committed although more waits: 1 ms to 1 s. Default 20 ms.
    /// It bounds how long another process waits for its turn.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:01")]
    public TimeSpan LongestBatch { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>For tests: a writer of its own, as another process has one, instead of the one that this process shares.</summary>
    internal bool OwnWriter { get; init; }
}

[OptionsValidator]
internal sealed partial class SqliteOptionsValidator : IValidateOptions<SqliteOptions>;
