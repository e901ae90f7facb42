using System.Text.Json.Serialization;

namespace Caas.Adapters.Sqlite;

/// <summary>The lists that go into statements for <c>json_each</c>.</summary>
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(long[]))]
internal sealed partial class SqliteJsonContext : JsonSerializerContext;
