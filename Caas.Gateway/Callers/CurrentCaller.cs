namespace Caas.Gateway.Callers;

/// <summary>Who makes the current request, once that is known. Handlers take a <see cref="Caller"/>, which comes from here.</summary>
internal sealed class CurrentCaller
{
    /// <summary>Null: not authenticated (yet), or an open endpoint.</summary>
    public Caller? Caller { get; set; }

    /// <exception cref="RefusedException"><c>unauthenticated</c>.</exception>
    public Caller Require() => Caller ?? throw Refusal.Unauthenticated.AsException();
}
