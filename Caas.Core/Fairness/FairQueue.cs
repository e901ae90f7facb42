namespace Caas.Core.Fairness;

/// <summary>What waits of many: taken tenant by tenant, and within a tenant writer by writer. None fills it alone: a tenant has half of it, a writer a tenth.</summary>
public sealed class FairQueue<T>(int most) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _ready = new(0);
    private readonly Dictionary<TenantId, Share> _shares = [];
    private readonly Queue<TenantId> _turns = [];
    private readonly int _mostOfTenant = Math.Max(1, most / 2);
    private readonly int _mostOfWriter = Math.Max(1, most / 10);
    private int _count;

    /// <summary>Adds an item; never waits.</summary>
    /// <param name="writer">Empty: the tenant's backend.</param>
    /// <returns>False: there is no room for it.</returns>
    public bool TryAdd(TenantId tenant, string writer, T item)
    {
        lock (_gate)
        {
            var share = _shares.GetValueOrDefault(tenant);
            if (_count >= most || share?.Count >= _mostOfTenant || share?.Of(writer) >= _mostOfWriter)
            {
                return false;
            }

            if (share is null)
            {
                _shares.Add(tenant, share = new());
                _turns.Enqueue(tenant);
            }

            share.Add(writer, item);
            _count++;
        }

        _ready.Release();
        return true;
    }

    /// <summary>Takes the next one, as soon as there is one.</summary>
    public async ValueTask<T> TakeAsync(CancellationToken cancellationToken)
    {
        await _ready.WaitAsync(cancellationToken);
        lock (_gate)
        {
            var tenant = _turns.Dequeue();
            var share = _shares[tenant];
            var item = share.Take();
            _count--;
            if (share.Count > 0)
            {
                _turns.Enqueue(tenant);
            }
            else
            {
                _shares.Remove(tenant);
            }

            return item;
        }
    }

    public void Dispose() => _ready.Dispose();

    private sealed class Share
    {
        private readonly Dictionary<string, Queue<T>> _items = new(StringComparer.Ordinal);
        private readonly Queue<string> _turns = [];

        public int Count { get; private set; }

        public int Of(string writer) => _items.GetValueOrDefault(writer)?.Count ?? 0;

        public void Add(string writer, T item)
        {
            if (!_items.TryGetValue(writer, out var items))
            {
                _items.Add(writer, items = []);
                _turns.Enqueue(writer);
            }

            items.Enqueue(item);
            Count++;
        }

        public T Take()
        {
            var writer = _turns.Dequeue();
            var items = _items[writer];
            var item = items.Dequeue();
            Count--;
            if (items.Count > 0)
            {
                _turns.Enqueue(writer);
            }
            else
            {
                _items.Remove(writer);
            }

            return item;
        }
    }
}
