namespace Caas.Adapters.MongoDb.Schema;

/// <summary>The names of the collections.</summary>
internal static class Collections
{
    public const string Entries = "entries";
}
