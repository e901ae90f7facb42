namespace Caas.Realtime.Replicas;

/// <summary>Whether this replica takes new connections.</summary>
internal sealed class DrainState
{
    private volatile bool _draining;

    public bool IsDraining => _draining;

    public void Begin() => _draining = true;
}
