-- Places.
SELECT ranking_id AS run_id, attempt_id, place AS rank FROM ranking_place
