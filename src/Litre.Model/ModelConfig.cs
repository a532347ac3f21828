namespace Litre.Model;

public sealed record ModelConfig
{
    public required TextConfig Text { get; init; }
    public required VisionConfig Vision { get; init; }
    public required bool TieWordEmbeddings { get; init; }
    public required int ImageTokenId { get; init; }
    public required int VideoTokenId { get; init; }
    public required int VisionStartTokenId { get; init; }
    public required int VisionEndTokenId { get; init; }
}
