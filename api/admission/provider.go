package admission

import "net/http"

func (s *Server) provide(w http.ResponseWriter, r *http.Request) {}
