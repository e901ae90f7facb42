namespace Caas.Core.BeforeSend;

/// <summary>
/// Leaves a hook alone that has failed too often one time behind the other: so a dead one does not cost every message its whole time. After a pause one message tries it; what comes of that ends
/// the pause or doubles it. What was under way already when it began changes nothing, but that it was answered.
/// </summary>
internal sealed class HookBreaker(BeforeSendOptions options, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private int _failures;
    private TimeSpan _pause;
    private long _since;
    private bool _open;
    private bool _tried;

    /// <summary>Whether nobody may ask it now, whose turn it is or not.</summary>
    public bool IsPaused(out TimeSpan wait)
    {
        lock (_lock)
        {
            wait = _open ? _pause - clock.GetElapsedTime(_since) : TimeSpan.Zero;
            return wait > TimeSpan.Zero;
        }
    }

    /// <summary>Whether it may be asked.</summary>
    /// <param name="wait">Otherwise: when somebody may again.</param>
    /// <param name="trial">Whether this is the one that tries it.</param>
    public bool TryEnter(out bool trial, out TimeSpan wait)
    {
        lock (_lock)
        {
            (trial, wait) = (false, TimeSpan.Zero);
            if (!_open)
            {
                return true;
            }

            wait = _pause - clock.GetElapsedTime(_since);
            if (wait > TimeSpan.Zero || _tried)
            {
                wait = wait > TimeSpan.Zero ? wait : options.Timeout;
                return false;
            }

            (trial, wait, _tried) = (true, TimeSpan.Zero, true);
            return true;
        }
    }

    /// <summary>It was answered, in whatever way.</summary>
    /// <returns>Whether a pause ended by it.</returns>
    public bool Answered()
    {
        lock (_lock)
        {
            var ended = _open;
            (_failures, _open, _tried, _pause) = (0, false, false, TimeSpan.Zero);
            return ended;
        }
    }

    /// <summary>It was not answered.</summary>
    /// <returns>How long it is left alone from now on; null: nothing new.</returns>
    public TimeSpan? Failed(bool trial)
    {
        lock (_lock)
        {
            if (_open && !trial)
            {
                return null;
            }

            if (!trial && ++_failures < options.Patience)
            {
                return null;
            }

            _pause = !trial ? options.Pause : _pause * 2 < options.MaxPause ? _pause * 2 : options.MaxPause;
            (_open, _tried, _since) = (true, false, clock.GetTimestamp());
            return _pause;
        }
    }

    /// <summary>The message that was to try it did not come to that: the next one may.</summary>
    public void GaveUp(bool trial)
    {
        lock (_lock)
        {
            _tried = _tried && !trial;
        }
    }
}
