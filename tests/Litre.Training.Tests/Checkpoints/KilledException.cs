namespace Litre.Training.Tests.Checkpoints;

/// <summary>Stands for SIGKILL: no handler of the program knows it, and nothing on the disk changes after it.</summary>
internal sealed class KilledException : Exception
{
    public KilledException()
        : base("killed") { }
}
