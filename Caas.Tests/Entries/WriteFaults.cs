namespace Caas.Tests.Entries;

/// <summary>How the next writes of a store fail below its port. Each fault is used once, in order.</summary>
public sealed class WriteFaults
{
    private readonly Queue<WriteFault> _next = new();

    public int Used { get; private set; }

    public void Add(params ReadOnlySpan<WriteFault> faults)
    {
        lock (_next)
        {
            foreach (var fault in faults)
            {
                _next.Enqueue(fault);
            }
        }
    }

    /// <summary>For the driver's stand-in: what to do with this write.</summary>
    public WriteFault Take()
    {
        lock (_next)
        {
            Used += _next.Count > 0 ? 1 : 0;
            return _next.TryDequeue(out var fault) ? fault : WriteFault.None;
        }
    }
}

public enum WriteFault
{
    None,

    /// <summary>The write fails and nothing of it is stored.</summary>
    Before,

    /// <summary>The write is stored, and then its answer is lost.</summary>
    After,
}
