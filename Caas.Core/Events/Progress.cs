namespace Caas.Core.Events;

/// <summary>
/// How far work that ends in any order has come without a hole: the place that may be saved. Places are added ascending; each ends once all its parts have.
/// </summary>
public sealed class Progress(long reached)
{
    private readonly Lock _gate = new();
    private readonly Queue<Place> _open = [];
    private long _reached = reached;

    /// <summary>Everything up to here is done.</summary>
    public long Reached
    {
        get
        {
            lock (_gate)
            {
                return _reached;
            }
        }
    }

    /// <summary>How many places are behind <see cref="Reached"/>.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _open.Count;
            }
        }
    }

    /// <param name="parts">How often <see cref="Done"/> will be called for it; 0: it is done.</param>
    public Place Add(long position, int parts)
    {
        var place = new Place(position) { Left = parts };
        lock (_gate)
        {
            _open.Enqueue(place);
            Advance();
        }

        return place;
    }

    /// <summary>One part of the place is done.</summary>
    public void Done(Place place)
    {
        lock (_gate)
        {
            place.Left--;
            Advance();
        }
    }

    private void Advance()
    {
        while (_open.TryPeek(out var first) && first.Left <= 0)
        {
            _reached = _open.Dequeue().Position;
        }
    }

    /// <summary>One place under way.</summary>
    public sealed class Place(long position)
    {
        public long Position { get; } = position;

        internal int Left { get; set; }
    }
}
