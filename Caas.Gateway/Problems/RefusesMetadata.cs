namespace Caas.Gateway.Problems;

/// <summary>Endpoint metadata: refusals that the operation may answer with, for the OpenAPI document.</summary>
internal sealed record RefusesMetadata(IReadOnlyList<Refusal> Refusals);

internal static class RefusesExtensions
{
    /// <summary>Adds to the refusals that the operation may answer with.</summary>
    public static TBuilder Refuses<TBuilder>(this TBuilder builder, params Refusal[] refusals)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new RefusesMetadata(refusals));
}
