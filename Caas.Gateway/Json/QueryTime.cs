namespace Caas.Gateway.Json;

/// <summary>A time in a query, as <see cref="Rfc3339"/> has it: the framework's own reading takes one without an offset for the machine's own.</summary>
internal readonly record struct QueryTime(DateTimeOffset Value)
{
    /// <summary>Minimal APIs bind by it.</summary>
    public static bool TryParse(string? text, out QueryTime time)
    {
        // A plus that was not escaped is a space by now.
        var read = Rfc3339.TryParse(text?.Replace(' ', '+'), out var value);
        time = new(value);
        return read;
    }
}
