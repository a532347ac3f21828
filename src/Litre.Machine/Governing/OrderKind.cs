namespace Litre.Machine.Governing;

/// <summary>What an order is about; each order says the whole state that the trainer shall be in.</summary>
public enum OrderKind
{
    /// <summary>Nothing is to be feared: full micro-batches again.</summary>
    Normal,

    /// <summary>Split micro-batches and free caches.</summary>
    Shrink,

    /// <summary>Write a checkpoint and wait.</summary>
    Pause,

    /// <summary>Go on, with micro-batches still split.</summary>
    Resume,

    /// <summary>Another pace, because of heat.</summary>
    Slow,

    /// <summary>Write a checkpoint and end.</summary>
    Stop,

    /// <summary>Not told but done: the process is killed.</summary>
    Kill,
}
