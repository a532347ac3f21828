namespace Litre.Machine.Governing;

/// <summary>Available memory, in bytes, below which the governor acts.</summary>
/// <param name="First">The trainer shrinks its micro-batches and frees caches.</param>
/// <param name="Second">The trainer writes a checkpoint and pauses.</param>
/// <param name="Last">The trainer is stopped, whatever it answers.</param>
public sealed record GovernorFloors(long First, long Second, long Last);
